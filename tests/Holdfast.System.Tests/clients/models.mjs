// Lists the models, then retrieves those that are named: { baseURL, apiKey, names } → { listed, retrieved, errors }
import { text as readAll } from 'node:stream/consumers';
import OpenAI from 'openai';

const { names, ...options } = JSON.parse(await readAll(process.stdin));
const client = new OpenAI(options);
const listed = [];
for await (const model of client.models.list()) {
  listed.push(model);
}
const retrieved = [];
const errors = [];
for (const name of names) {
  try {
    retrieved.push(await client.models.retrieve(name));
  } catch (error) {
    errors.push({ name: error.constructor.name, status: error.status, code: error.code, param: error.param });
  }
}
process.stdout.write(JSON.stringify({ listed, retrieved, errors }));
