import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { InternalError, PolicyError, TransientError } from '../../errors.ts';
import { apiStatusOf } from '../../runtime/api-status.ts';
import { readJson } from './answer.ts';

function anAnswer(code: number, body: string, headers: Record<string, string> = {}): IncomingMessage {
  const message = new IncomingMessage(new Socket());
  message.statusCode = code;
  Object.assign(message.headers, headers);
  message.push(body);
  message.push(null);
  return message;
}

async function failureOf(answer: IncomingMessage): Promise<unknown> {
  return readJson(answer, 'GET /x').catch((thrown: unknown) => thrown);
}

const status = (fields: object) => JSON.stringify({ kind: 'Status', status: 'Failure', ...fields });

describe('an answer of the API server', () => {
  it('is its JSON when all is well', async () => {
    expect(await readJson(anAnswer(201, '{"kind":"Pod"}'), 'POST /x')).toEqual({ kind: 'Pod' });
  });

  it.each([
    [400, InternalError],
    [401, TransientError],
    [403, PolicyError],
    [404, TransientError],
    [409, TransientError],
    [410, TransientError],
    [422, InternalError],
    [429, TransientError],
    [500, TransientError],
    [503, TransientError],
    [504, TransientError],
  ])('with code %i becomes the class that says what happens next', async (code, kind) => {
    const error = await failureOf(anAnswer(code, status({ code, reason: 'Why', message: 'because' })));
    expect(error).toBeInstanceOf(kind);
    expect(error).toMatchObject({ reason: 'Why', message: 'GET /x: because', cause: { code, reason: 'Why' } });
  });

  it('says when to come back, in its head or in its body', async () => {
    const inHead = await failureOf(anAnswer(429, 'slow down', { 'retry-after': '7' }));
    const inBody = await failureOf(anAnswer(500, status({ code: 500, details: { retryAfterSeconds: 3 } })));
    expect([apiStatusOf(inHead)?.retryAfterMs, apiStatusOf(inBody)?.retryAfterMs]).toEqual([7000, 3000]);
  });

  it('of a proxy in between is told in its own words', async () => {
    const error = await failureOf(anAnswer(502, '<h1>Bad Gateway</h1>'));
    expect(error).toMatchObject({ name: 'TransientError', reason: 'HTTP502', message: 'GET /x: <h1>Bad Gateway</h1>' });
  });

  it('that is no JSON may pass', async () => {
    expect(await failureOf(anAnswer(200, '<html>'))).toBeInstanceOf(TransientError);
  });
});
