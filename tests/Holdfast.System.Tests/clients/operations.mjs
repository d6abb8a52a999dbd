// Runs operations other than chat through OpenAI's official client:
// { baseURL, apiKey, calls: [{ how: 'embeddings' | 'moderations', body }] } → [{ answer, headers, error }]
import { text as readAll } from 'node:stream/consumers';
import OpenAI from 'openai';

const { calls, ...options } = JSON.parse(await readAll(process.stdin));
const client = new OpenAI(options);
const outcomes = [];
for (const { how, body } of calls) {
  const outcome = {};
  outcomes.push(outcome);
  try {
    // Without an encoding the client asks for base64 itself, and decodes it.
    const { data, response } = await client[how].create(body).withResponse();
    outcome.answer = data;
    outcome.headers = Object.fromEntries(response.headers.entries());
  } catch (error) {
    outcome.error = { name: error.constructor.name, status: error.status, code: error.code, param: error.param };
  }
}
process.stdout.write(JSON.stringify(outcomes));
