// Runs chat calls through the official client. Standard input holds what to do, standard output gets what came of it:
// { baseURL, apiKey, timeout, maxRetries, parallel, calls: [{ body, abortAfterChunks, runner, details }] }
// → [{ text, finishReason, headers, completion, chunks, error }]
import { text as readAll } from 'node:stream/consumers';
import OpenAI from 'openai';

const { calls, parallel, ...options } = JSON.parse(await readAll(process.stdin));
const client = new OpenAI(options);

async function ask(call) {
  const outcome = { text: '', finishReason: null, headers: {} };
  try {
    await (call.runner ? runStream(call, outcome) : request(call, outcome));
  } catch (error) {
    outcome.error = {
      name: error.constructor.name,
      isApiError: error instanceof OpenAI.APIError,
      status: error.status ?? 0,
      code: error.code ?? null,
      type: error.type ?? null,
      param: error.param ?? null,
      message: error.message,
    };
    note(outcome, error.headers);
  }
  return outcome;
}

async function request(call, outcome) {
  const aborting = new AbortController();
  const { data, response } = await client.chat.completions
    .create(call.body, { signal: aborting.signal }).withResponse();
  note(outcome, response.headers);
  if (!call.body.stream) {
    outcome.text = data.choices[0].message.content ?? '';
    outcome.finishReason = data.choices[0].finish_reason;
    outcome.completion = call.details ? data : undefined;
    return;
  }
  const chunks = [];
  for await (const chunk of data) {
    chunks.push(chunk);
    outcome.text += chunk.choices[0]?.delta?.content ?? '';
    outcome.finishReason = chunk.choices[0]?.finish_reason ?? outcome.finishReason;
    if (chunks.length === call.abortAfterChunks) {
      aborting.abort();
    }
  }
  outcome.chunks = call.details ? chunks : undefined;
}

// The client's own accumulation of a stream.
async function runStream(call, outcome) {
  const stream = client.chat.completions.stream(call.body);
  outcome.completion = await stream.finalChatCompletion();
  outcome.text = outcome.completion.choices[0].message.content ?? '';
  outcome.finishReason = outcome.completion.choices[0].finish_reason;
}

function note(outcome, headers) {
  for (const [name, value] of headers?.entries() ?? []) {
    outcome.headers[name] = value;
  }
}

const outcomes = new Array(calls.length);
let next = 0;
async function work() {
  while (next < calls.length) {
    const index = next++;
    outcomes[index] = await ask(calls[index]);
  }
}
await Promise.all(Array.from({ length: parallel }, work));
process.stdout.write(JSON.stringify(outcomes));
