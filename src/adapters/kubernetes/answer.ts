import type { IncomingMessage } from 'node:http';
import * as z from 'zod';
import { asError, TransientError } from '../../errors.ts';
import { type ApiAnswer, errorFor } from '../../runtime/api-status.ts';

/** The body of a successful answer; throws the error of an unsuccessful one. `what` names the request in messages. */
export async function readText(response: IncomingMessage, what: string): Promise<string> {
  const text = await readBody(response, what);
  const code = response.statusCode ?? 0;
  if (code >= 200 && code < 300) return text;
  throw errorFor(failedAnswer(code, text, response.headers['retry-after']), what);
}

export async function readJson(response: IncomingMessage, what: string): Promise<unknown> {
  const text = await readText(response, what);
  try {
    return JSON.parse(text);
  } catch (thrown) {
    throw new TransientError('InvalidAnswer', `${what}: the answer is no JSON`, { cause: thrown });
  }
}

/** What a `Status` object says; anything may be missing from it. */
export function answerOf(raw: unknown, code: number): ApiAnswer {
  const status = Status.safeParse(raw).data ?? {};
  const { causes = [], retryAfterSeconds } = status.details ?? {};
  return {
    code: status.code ?? code,
    reason: status.reason ?? `HTTP${code}`,
    message: status.message ?? `the API server answered ${code}`,
    fields: causes.flatMap((cause) => cause.field ?? []),
    retryAfterMs: retryAfterSeconds === undefined ? undefined : retryAfterSeconds * 1000,
  };
}

const Status = z.object({
  kind: z.literal('Status').optional(),
  code: z.number().optional(),
  reason: z.string().optional(),
  message: z.string().optional(),
  details: z
    .object({
      causes: z.array(z.object({ field: z.string().optional() })).optional(),
      retryAfterSeconds: z.number().optional(),
    })
    .optional(),
});

async function readBody(response: IncomingMessage, what: string): Promise<string> {
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(Buffer.from(chunk));
    return Buffer.concat(chunks).toString('utf8');
  } catch (thrown) {
    throw new TransientError('NetworkUnreachable', `${what}: ${asError(thrown).message}`, { cause: thrown });
  }
}

function failedAnswer(code: number, text: string, retryAfter: string | undefined): ApiAnswer {
  const answer = answerOf(parsed(text), code);
  return { ...answer, retryAfterMs: secondsToMs(retryAfter) ?? answer.retryAfterMs };
}

/** A proxy in between answers with HTML or plain text: then the text is the message. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return { message: text.trim().slice(0, 500) || undefined };
  }
}

// The API server sends seconds, never a date (k8s.io/apiserver/pkg/util/flowcontrol).
function secondsToMs(retryAfter: string | undefined): number | undefined {
  const seconds = Number(retryAfter);
  return retryAfter === undefined || !Number.isFinite(seconds) ? undefined : seconds * 1000;
}
