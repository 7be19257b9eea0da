/** kubectl looks for a program of this name when somebody presses Tab behind `kubectl enbi`. */
export const completionProgram = 'kubectl_complete-enbi';

/** What that calls `kubectl-enbi` with. */
export const completionVerb = '__complete';
