// Uploads a file, reads it back and deletes it, draws and speaks, through OpenAI's official client:
// { baseURL, apiKey, provider, size } → { file, content, listed, deleted, gone, image, speech, text }
import { createHash } from 'node:crypto';
import { text as readAll } from 'node:stream/consumers';
import OpenAI, { toFile } from 'openai';

const { provider, size, ...options } = JSON.parse(await readAll(process.stdin));
const client = new OpenAI({ ...options, defaultHeaders: { 'x-holdfast-provider': provider } });
const bytes = Buffer.alloc(size, 'holdfast ');
const digest = (data) => createHash('sha256').update(data).digest('hex');

const file = await client.files.create({ file: await toFile(bytes, 'näme.jsonl'), purpose: 'batch' });
const content = Buffer.from(await (await client.files.content(file.id)).arrayBuffer());
const listed = [];
for await (const one of client.files.list()) {
  listed.push(one.id);
}
const { deleted } = await client.files.delete(file.id);
const gone = await client.files.retrieve(file.id).then(
  () => null,
  (error) => ({ name: error.constructor.name, status: error.status, code: error.code, param: error.param }));
const text = await client.audio.transcriptions.create({ file: await toFile(bytes.subarray(0, 99), 'a.mp3'), model: 'whisper-1' });
// Without the header, the body's model names the provider.
const plain = new OpenAI(options);
const image = await plain.images.generate({ model: `${provider}/gpt-image-1`, prompt: 'a bridge' });
const speech = await plain.audio.speech.create({ model: `${provider}/tts-1`, voice: 'alloy', input: 'hello' });
const sound = Buffer.from(await speech.arrayBuffer());
process.stdout.write(JSON.stringify({
  file, isSame: digest(content) === digest(bytes), listed, deleted, gone, text: text.text,
  image: image.data[0].b64_json.length, speech: { length: sound.length, type: speech.headers.get('content-type') },
}));
