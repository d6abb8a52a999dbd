// Runs calls of the Messages API through Anthropic's official client:
// { baseURL, apiKey, timeout, maxRetries, calls: [{ body, how: 'create' | 'events' | 'stream' | 'count' | 'models' }] }
// → [{ text, message, events, requestId, headers, error }]
import { text as readAll } from 'node:stream/consumers';
import Anthropic from '@anthropic-ai/sdk';

const { calls, ...options } = JSON.parse(await readAll(process.stdin));
const client = new Anthropic(options);

const ways = {
  async create({ body }, outcome) {
    const { data, response } = await client.messages.create(body).withResponse();
    outcome.headers = Object.fromEntries(response.headers.entries());
    outcome.requestId = data._request_id;
    outcome.message = data;
    outcome.text = textOf(data);
  },
  // The raw events, as a tool of its own would read them.
  async events({ body }, outcome) {
    outcome.events = [];
    for await (const event of await client.messages.create({ ...body, stream: true })) {
      outcome.events.push(event.type);
      outcome.text += event.delta?.text ?? '';
    }
  },
  // The client's own accumulation of a stream.
  async stream({ body }, outcome) {
    const stream = client.messages.stream(body);
    stream.on('text', (piece) => { outcome.text += piece; });
    outcome.message = await stream.finalMessage();
  },
  async count({ body }, outcome) {
    const { data, response } = await client.messages.countTokens(body).withResponse();
    outcome.headers = Object.fromEntries(response.headers.entries());
    outcome.message = data;
  },
  async models({ body }, outcome) {
    outcome.message = [];
    for await (const model of client.models.list()) {
      outcome.message.push(model);
    }
    outcome.message.push(await client.models.retrieve(body.model));
  },
};

function textOf(message) {
  return message.content.filter((block) => block.type === 'text').map((block) => block.text).join('');
}

const outcomes = [];
for (const call of calls) {
  const outcome = { text: '' };
  outcomes.push(outcome);
  try {
    await ways[call.how](call, outcome);
  } catch (error) {
    outcome.error = {
      name: error.constructor.name,
      isApiError: error instanceof Anthropic.APIError,
      status: error.status ?? 0,
      type: error.error?.error?.type ?? null,
      requestId: error.requestID ?? null,
      message: error.message,
    };
  }
}
process.stdout.write(JSON.stringify(outcomes));
