/** Tells people what happens. A passing line is true until the next line of the same teller. */
export type Report = (line: string, passing?: 'passing') => void;
