// Holds values against the schemas of an OpenAPI 3.1 document:
// { specification: path, items: [{ schema: name, value }] } → [null | why not]
import { readFileSync } from 'node:fs';
import { text as readAll } from 'node:stream/consumers';
import Ajv2020 from 'ajv/dist/2020.js';
import { parse } from 'yaml';

const { specification, items } = JSON.parse(await readAll(process.stdin));
const prefix = '#/components/schemas/';
const { schemas } = parse(readFileSync(specification, 'utf8')).components;

const lists = ['allOf', 'anyOf', 'oneOf', 'prefixItems'];
const single = ['items', 'not', 'additionalProperties', 'propertyNames', 'contains', 'if', 'then', 'else'];
const maps = ['properties', 'patternProperties', '$defs'];

const resolve = (schema) => (schema?.$ref ? schemas[schema.$ref.slice(prefix.length)] : schema);

// The values by which a schema is told from its neighbours in a union; null where it doesn't fix them.
function tags(schema, property, depth = 0) {
  const known = resolve(schema);
  const own = resolve(known?.properties?.[property]);
  if (own?.enum ?? (own && 'const' in own)) {
    return own.enum ?? [own.const];
  }
  const parts = depth < 8 ? (known?.allOf ?? known?.anyOf ?? known?.oneOf ?? []) : [];
  const found = parts.map((part) => tags(part, property, depth + 1));
  if (known?.allOf) {
    return found.find((one) => one) ?? null;
  }
  return found.length > 0 && found.every((one) => one) ? found.flat() : null;
}

// A discriminator chooses among the alternatives, so that only the chosen one has to fit and a fault is told by it.
function chosenByTag(alternatives, { propertyName, mapping }, convert) {
  const mapped = Object.entries(mapping ?? {});
  const byTag = alternatives.map((one) => {
    const names = mapped.filter(([, to]) => to === one.$ref).map(([tag]) => tag);
    return names.length > 0 ? names : tags(one, propertyName);
  });
  if (byTag.some((one) => !one) || new Set(byTag.flat()).size < byTag.flat().length) {
    return null;
  }
  return [
    { type: 'object', required: [propertyName], properties: { [propertyName]: { enum: byTag.flat() } } },
    ...alternatives.map((one, i) => ({
      if: { properties: { [propertyName]: { enum: byTag[i] } }, required: [propertyName] },
      then: convert(one),
    })),
  ];
}

function convert(schema) {
  if (typeof schema !== 'object' || schema === null) {
    return schema;
  }
  const { nullable, discriminator, example, examples, default: unused, ...rest } = schema;
  const kind = rest.oneOf ? 'oneOf' : 'anyOf';
  const chosen = discriminator && rest[kind] && chosenByTag(rest[kind], discriminator, convert);
  if (chosen) {
    delete rest[kind];
  }
  const out = {};
  for (const [key, value] of Object.entries(rest)) {
    if (lists.includes(key)) {
      out[key] = value.map(convert);
    } else if (single.includes(key)) {
      out[key] = convert(value);
    } else if (maps.includes(key)) {
      out[key] = Object.fromEntries(Object.entries(value).map(([name, one]) => [name, convert(one)]));
    } else {
      out[key] = value;
    }
  }
  if (chosen) {
    out.allOf = [...(out.allOf ?? []), ...chosen];
  }
  // A word of OpenAPI 3.0, which this document still uses.
  return nullable === true ? { anyOf: [out, { type: 'null' }] } : out;
}

const ajv = new Ajv2020({ strict: false, validateFormats: false, logger: false });
ajv.addSchema({
  $id: 'openai',
  components: { schemas: Object.fromEntries(Object.entries(schemas).map(([name, one]) => [name, convert(one)])) },
});

const compiled = new Map();
function check({ schema, value }) {
  if (!(schema in schemas)) {
    return `there is no schema ${schema}`;
  }
  if (!compiled.has(schema)) {
    compiled.set(schema, ajv.compile({ $ref: `openai${prefix}${schema}` }));
  }
  const validate = compiled.get(schema);
  return validate(value) ? null : validate.errors
    .filter((error) => !['if', 'anyOf', 'oneOf'].includes(error.keyword))
    .slice(0, 4).map((error) => `${error.instancePath || '/'} ${error.message}`).join('; ') || 'no alternative fits';
}

process.stdout.write(JSON.stringify(items.map(check)));
