// Runs calls of the Responses API through OpenAI's official client:
// { baseURL, apiKey, timeout, maxRetries, calls: [{ body, how: 'create' | 'events' | 'stream' | 'retrieve' }] }
// → [{ text, response, events, headers, error }]
import { text as readAll } from 'node:stream/consumers';
import OpenAI from 'openai';

const { calls, ...options } = JSON.parse(await readAll(process.stdin));
const client = new OpenAI(options);

const ways = {
  async create({ body }, outcome) {
    const { data, response } = await client.responses.create(body).withResponse();
    outcome.headers = Object.fromEntries(response.headers.entries());
    outcome.response = data;
    outcome.text = data.output_text;
  },
  // The raw events, as a tool of its own would read them.
  async events({ body }, outcome) {
    outcome.events = [];
    for await (const event of await client.responses.create({ ...body, stream: true })) {
      outcome.events.push(event);
      outcome.text += event.type === 'response.output_text.delta' ? event.delta : '';
    }
  },
  // The client's own accumulation of a stream.
  async stream({ body }, outcome) {
    const stream = client.responses.stream(body);
    stream.on('response.output_text.delta', (event) => { outcome.text += event.delta; });
    outcome.response = await stream.finalResponse();
  },
  async retrieve({ body }, outcome) {
    outcome.response = await client.responses.retrieve(body.model);
  },
};

const outcomes = [];
for (const call of calls) {
  const outcome = { text: '' };
  outcomes.push(outcome);
  try {
    await ways[call.how](call, outcome);
  } catch (error) {
    outcome.error = {
      name: error.constructor.name,
      isApiError: error instanceof OpenAI.APIError,
      status: error.status ?? 0,
      code: error.code ?? null,
      param: error.param ?? null,
      message: error.message,
    };
  }
}
process.stdout.write(JSON.stringify(outcomes));
