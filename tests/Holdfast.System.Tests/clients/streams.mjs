// What the providers' own clients read from streams: [{ dialect, contentType, body (base64) }]
// → [{ text, calls: [{ name, arguments }], finish, input, output, error }], in one vocabulary for all of them
import { Readable } from 'node:stream';
import { text as readAll } from 'node:stream/consumers';
import Anthropic from '@anthropic-ai/sdk';
import { BedrockRuntimeClient, ConverseStreamCommand } from '@aws-sdk/client-bedrock-runtime';
import { GoogleGenAI } from '@google/genai';
import { CohereClientV2 } from 'cohere-ai';
import OpenAI from 'openai';

const baseURL = 'http://127.0.0.1:9';
const messages = [{ role: 'user', content: 'Hi' }];
let answer;
const fetch = async () => new Response(answer.bytes, { headers: { 'content-type': answer.contentType } });
globalThis.fetch = fetch;

const empty = () => ({ text: '', calls: [], finish: null, input: null, output: null });
const parsed = (text) => {
  try {
    return JSON.parse(text || '{}');
  } catch {
    return text;
  }
};

const finishes = {
  stop: 'stop', end_turn: 'stop', stop_sequence: 'stop', STOP: 'stop', COMPLETE: 'stop', STOP_SEQUENCE: 'stop',
  length: 'length', max_tokens: 'length', MAX_TOKENS: 'length', model_context_window_exceeded: 'length',
  tool_calls: 'tool_calls', tool_use: 'tool_calls', TOOL_CALL: 'tool_calls', function_call: 'tool_calls',
  content_filter: 'content_filter', refusal: 'content_filter', SAFETY: 'content_filter',
  content_filtered: 'content_filter', guardrail_intervened: 'content_filter', PROHIBITED_CONTENT: 'content_filter',
};
const finishOf = (word) => (word == null ? null : finishes[word] ?? word);

const readers = {
  async openai() {
    const client = new OpenAI({ apiKey: 'k', baseURL, maxRetries: 0, fetch });
    const seen = empty();
    const byIndex = new Map();
    for await (const chunk of await client.chat.completions.create({ model: 'm', messages, stream: true })) {
      // Some providers say the usage more than once; the last word counts.
      seen.input = chunk.usage?.prompt_tokens ?? seen.input;
      seen.output = chunk.usage?.completion_tokens ?? seen.output;
      const choice = chunk.choices?.[0];
      const content = choice?.delta?.content;
      seen.text += Array.isArray(content) ? content.map((part) => part.text ?? '').join('') : content ?? '';
      seen.finish = choice?.finish_reason ?? seen.finish;
      for (const part of choice?.delta?.tool_calls ?? []) {
        const key = part.index ?? `${byIndex.size}`;
        const call = byIndex.get(key) ?? { name: '', arguments: '' };
        byIndex.set(key, call);
        call.name += part.function?.name ?? '';
        call.arguments += part.function?.arguments ?? '';
      }
    }
    seen.calls = [...byIndex.values()].map((call) => ({ name: call.name, arguments: parsed(call.arguments) }));
    return seen;
  },

  async responses() {
    const client = new OpenAI({ apiKey: 'k', baseURL, maxRetries: 0, fetch });
    const seen = empty();
    for await (const event of await client.responses.create({ model: 'm', input: 'Hi', stream: true })) {
      if (event.type === 'response.output_text.delta') {
        seen.text += event.delta;
      } else if (event.type === 'response.output_item.done' && event.item.type === 'function_call') {
        seen.calls.push({ name: event.item.name, arguments: parsed(event.item.arguments) });
      } else if (['response.completed', 'response.incomplete', 'response.failed'].includes(event.type)) {
        seen.finish = event.response.incomplete_details?.reason ?? event.response.status;
        seen.input = event.response.usage?.input_tokens ?? null;
        seen.output = event.response.usage?.output_tokens ?? null;
      }
    }
    return seen;
  },

  async anthropic() {
    const client = new Anthropic({ apiKey: 'k', baseURL, maxRetries: 0, fetch });
    const message = await client.messages.stream({ model: 'm', max_tokens: 9, messages }).finalMessage();
    const usage = message.usage;
    const seen = empty();
    seen.text = message.content.filter((block) => block.type === 'text').map((block) => block.text).join('');
    seen.calls = message.content.filter((block) => block.type === 'tool_use')
      .map((block) => ({ name: block.name, arguments: block.input }));
    seen.finish = message.stop_reason;
    // OpenAI counts cached tokens among the prompt's, Anthropic beside them.
    seen.input = usage.input_tokens + (usage.cache_read_input_tokens ?? 0) + (usage.cache_creation_input_tokens ?? 0);
    seen.output = usage.output_tokens;
    return seen;
  },

  async gemini() {
    const client = new GoogleGenAI({ apiKey: 'k', httpOptions: { baseUrl: baseURL } });
    const seen = empty();
    for await (const chunk of await client.models.generateContentStream({ model: 'm', contents: 'Hi' })) {
      const candidate = chunk.candidates?.[0];
      for (const part of candidate?.content?.parts ?? []) {
        seen.text += part.thought ? '' : part.text ?? '';
        if (part.functionCall) {
          note(seen, part.functionCall);
        }
      }
      seen.finish = candidate?.finishReason ?? seen.finish;
      const usage = chunk.usageMetadata;
      seen.input = usage?.promptTokenCount === undefined ? seen.input
        : usage.promptTokenCount + (usage.toolUsePromptTokenCount ?? 0);
      seen.output = usage === undefined ? seen.output
        : (usage.candidatesTokenCount ?? 0) + (usage.thoughtsTokenCount ?? 0);
    }
    if (seen.finish === 'STOP' && seen.calls.length > 0) {
      seen.finish = 'tool_calls';
    }
    return seen;
  },

  async cohere() {
    const client = new CohereClientV2({ token: 'k', baseUrl: baseURL, maxRetries: 0, fetch });
    const seen = empty();
    for await (const event of await client.chatStream({ model: 'm', messages })) {
      const message = event.delta?.message;
      if (event.type === 'content-delta') {
        seen.text += message?.content?.text ?? '';
      } else if (event.type === 'tool-call-start') {
        seen.calls[event.index ?? seen.calls.length] = {
          name: message.toolCalls.function.name, arguments: message.toolCalls.function.arguments ?? '',
        };
      } else if (event.type === 'tool-call-delta') {
        seen.calls[event.index ?? seen.calls.length - 1].arguments += message.toolCalls.function.arguments ?? '';
      } else if (event.type === 'message-end') {
        seen.finish = event.delta.finishReason;
        seen.input = event.delta.usage?.tokens?.inputTokens ?? null;
        seen.output = event.delta.usage?.tokens?.outputTokens ?? null;
      }
    }
    seen.calls = seen.calls.map((call) => ({ name: call.name, arguments: parsed(call.arguments) }));
    return seen;
  },

  async bedrock() {
    const client = new BedrockRuntimeClient({
      region: 'us-east-1',
      credentials: { accessKeyId: 'k', secretAccessKey: 's' },
      maxAttempts: 1,
      requestHandler: {
        handle: async () => ({
          response: {
            statusCode: 200,
            headers: { 'content-type': answer.contentType },
            body: Readable.from([answer.bytes]),
          },
        }),
      },
    });
    const seen = empty();
    const calls = new Map();
    const { stream } = await client.send(new ConverseStreamCommand({ modelId: 'm', messages: [] }));
    for await (const event of stream) {
      const { contentBlockStart: start, contentBlockDelta: delta } = event;
      if (start?.start?.toolUse) {
        calls.set(start.contentBlockIndex, { name: start.start.toolUse.name, arguments: '' });
      }
      seen.text += delta?.delta?.text ?? '';
      if (delta?.delta?.toolUse) {
        calls.get(delta.contentBlockIndex).arguments += delta.delta.toolUse.input ?? '';
      }
      seen.finish = event.messageStop?.stopReason ?? seen.finish;
      const usage = event.metadata?.usage;
      seen.input = usage
        ? usage.inputTokens + (usage.cacheReadInputTokens ?? 0) + (usage.cacheWriteInputTokens ?? 0) : seen.input;
      seen.output = usage?.outputTokens ?? seen.output;
    }
    seen.calls = [...calls.values()].map((call) => ({ name: call.name, arguments: parsed(call.arguments) }));
    return seen;
  },
};

// A call whose arguments come in pieces begins with a name and goes on without one.
function note(seen, { name, args, partialArgs }) {
  if (name) {
    seen.calls.push({ name, arguments: args ?? {} });
  }
  for (const { jsonPath, ...piece } of partialArgs ?? []) {
    put(seen.calls.at(-1).arguments, jsonPath.slice(1), piece);
  }
}

function put(holder, path, piece) {
  const steps = [...path.matchAll(/\.([^.[\]]+)|\[(\d+)\]|\['([^']+)'\]/g)]
    .map(([, name, index, quoted]) => (index === undefined ? name ?? quoted : Number(index)));
  const last = steps.pop();
  for (const [i, step] of steps.entries()) {
    holder = holder[step] ??= typeof (steps[i + 1] ?? last) === 'number' ? [] : {};
  }
  if ('stringValue' in piece) {
    holder[last] = (holder[last] ?? '') + piece.stringValue;
  } else if (Object.keys(piece).some((key) => key.endsWith('Value'))) {
    holder[last] = piece.numberValue ?? piece.boolValue ?? null;
  }
}

const outcomes = [];
for (const { dialect, contentType, body } of JSON.parse(await readAll(process.stdin))) {
  answer = { bytes: Buffer.from(body, 'base64'), contentType };
  try {
    const seen = await readers[dialect]();
    outcomes.push({ ...seen, finish: finishOf(seen.finish) });
  } catch (error) {
    outcomes.push({ ...empty(), error: `${error.constructor.name}: ${error.message}` });
  }
}
process.stdout.write(JSON.stringify(outcomes));
