// Stays, and makes calls through the official clients, many at a time. A line in:
// { id, face: 'openai' | 'anthropic', url, key, body, hasRetries }; hasRetries: as many as the client makes by default
// Lines out: { id, seen } for each piece of text (its characters so far), and at last
// { id, face: 'openai' | 'anthropic', url, key, body, hasRetries: its own, as many as by default }
import { createInterface } from 'node:readline';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';

const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

const retries = (hasRetries) => (hasRetries ? {} : { maxRetries: 0 });

const faces = {
  async openai({ url, key, body, hasRetries }, outcome, see) {
    const client = new OpenAI({ apiKey: key, baseURL: `${url}/v1`, timeout: 60_000, ...retries(hasRetries) });
    const { data, response } = await client.chat.completions.create(body).withResponse();
    note(outcome, response);
    if (!body.stream) {
      const choice = data.choices[0];
      outcome.finish = choice.finish_reason;
      outcome.calls = (choice.message.tool_calls ?? []).map((call) => call.function);
      see(choice.message.content ?? '');
      return;
    }
    for await (const chunk of data) {
      const choice = chunk.choices[0];
      outcome.finish = choice?.finish_reason ?? outcome.finish;
      for (const part of choice?.delta?.tool_calls ?? []) {
        add(outcome.calls, part.index, part.function);
      }
      see(choice?.delta?.content ?? '');
    }
  },

  async anthropic({ url, key, body, hasRetries }, outcome, see) {
    const client = new Anthropic({ apiKey: key, baseURL: url, timeout: 60_000, ...retries(hasRetries) });
    const { data, response } = await client.messages.create(body).withResponse();
    note(outcome, response);
    if (!body.stream) {
      outcome.finish = data.stop_reason;
      outcome.calls = data.content.filter((block) => block.type === 'tool_use')
        .map((block) => ({ name: block.name, arguments: JSON.stringify(block.input) }));
      see(data.content.map((block) => block.text ?? '').join(''));
      return;
    }
    for await (const event of data) {
      outcome.finish = event.delta?.stop_reason ?? outcome.finish;
      if (event.content_block?.type === 'tool_use') {
        add(outcome.calls, event.index, { name: event.content_block.name });
      } else if (event.delta?.type === 'input_json_delta') {
        add(outcome.calls, event.index, { arguments: event.delta.partial_json });
      }
      see(event.delta?.text ?? '');
    }
  },
};

function note(outcome, response) {
  outcome.status = response.status;
  outcome.headers = Object.fromEntries(response.headers.entries());
}

function add(calls, index, part) {
  const call = (calls[index] ??= { name: '', arguments: '' });
  call.name += part?.name ?? '';
  call.arguments += part?.arguments ?? '';
}

async function run(call) {
  const outcome = { status: 0, headers: {}, text: '', finish: null, calls: [], error: null };
  const see = (piece) => {
    if (piece !== '') {
      outcome.text += piece;
      say({ id: call.id, seen: outcome.text.length });
    }
  };
  try {
    await faces[call.face](call, outcome, see);
  } catch (error) {
    const told = error.error?.error ?? error.error;
    outcome.error = {
      name: error.constructor.name, status: error.status ?? 0, type: told?.type ?? error.type ?? null,
      code: error.code ?? null, message: error.message,
    };
    if (outcome.status === 0) {
      outcome.status = error.status ?? 0;
      outcome.headers = Object.fromEntries(error.headers?.entries() ?? []);
    }
  }
  outcome.calls = outcome.calls.filter(Boolean);
  say({ id: call.id, outcome });
}

createInterface({ input: process.stdin })
  .on('line', (line) => run(JSON.parse(line)))
  .on('close', () => process.exit(0));
