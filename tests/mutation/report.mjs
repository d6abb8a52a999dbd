// Stryker's report by folder, and each survivor with its reason from survivors.txt.
import { readFileSync, writeFileSync } from 'node:fs';

const [reportFile, reasonsFile, command, versions, target] = process.argv.slice(2);
// What decides over a call's fate is held to more than what surrounds it: there each survivor needs its reason.
const strict = ['CircuitBreaking', 'Failover', 'Retrying', 'Timeouts'];
const lowest = folder => strict.includes(folder) ? 90 : 80;
const report = JSON.parse(readFileSync(reportFile, 'utf8'));
const known = readReasons(readFileSync(reasonsFile, 'utf8'));

const folders = new Map();
const survivors = [];
for (const [path, file] of Object.entries(report.files)) {
  const name = path.startsWith(report.projectRoot) ? path.slice(report.projectRoot.length + 1) : path;
  const folder = name.split('/')[0];
  const lines = file.source.split('\n');
  for (const mutant of file.mutants) {
    if (!['Killed', 'Timeout', 'Survived', 'NoCoverage'].includes(mutant.status)) continue;
    if (!folders.has(folder)) folders.set(folder, { Killed: 0, Timeout: 0, Survived: 0, NoCoverage: 0 });
    folders.get(folder)[mutant.status]++;
    if (mutant.status === 'Survived' || mutant.status === 'NoCoverage') survivors.push(survivor(name, lines, mutant));
  }
}

survivors.sort((a, b) => a.file.localeCompare(b.file) || a.line - b.line || a.column - b.column);
// Each entry is for one survivor, so that a short one, as `return; => ;`, doesn't excuse more than was looked at.
for (const s of survivors) s.reason = known.get(s.key)?.shift();
const needless = [...known].filter(([key, left]) => left.length && folders.has(key.split('/')[0])).map(([key]) => key);
const unexplained = survivors.filter(s => !s.reason && strict.includes(s.file.split('/')[0]));
const weak = [...folders].filter(([folder, counts]) => score(counts) < lowest(folder)).map(([folder]) => folder);

console.log(table().join('\n'));
for (const s of survivors)
  console.log(`${s.file}:${s.line}: ${s.was} → ${s.becomes}${s.uncovered}\n    ${s.reason ?? 'NO REASON IS GIVEN'}`);
if (target) writeFileSync(target, document());
for (const key of needless) console.error(`mutation: survivors.txt: ${key.replaceAll('|', ' | ')}: was noticed this time`);
for (const folder of weak) console.error(`mutation: ${folder}: below ${lowest(folder)} %`);
if (unexplained.length) console.error(`mutation: ${unexplained.length} survivors without a reason in survivors.txt`);
process.exitCode = weak.length || unexplained.length ? 1 : 0;

function survivor(file, lines, { location: { start, end }, replacement, status, mutatorName }) {
  const text = lines.slice(start.line - 1, end.line);
  text[text.length - 1] = text.at(-1).slice(0, end.column - 1);
  text[0] = text[0].slice(start.column - 1);
  const was = oneLine(text.join(' '));
  const becomes = oneLine(replacement);
  return {
    file, line: start.line, column: start.column, was, becomes, mutatorName,
    uncovered: status === 'NoCoverage' ? ' (not covered)' : '',
    key: `${file}|${was}|${becomes}`,
  };
}

// `# comment`; `File.cs`; below it `  was → becomes` and below that, further in, the reason.
function readReasons(text) {
  const reasons = new Map();
  let file = '';
  let waiting = [];
  let reason = '';
  const settle = () => {
    if (reason) {
      for (const key of waiting) reasons.set(key, [...(reasons.get(key) ?? []), reason]);
      waiting = [];
    }
    reason = '';
  };
  for (const line of text.split('\n')) {
    if (!line.trim() || line.startsWith('#')) continue;
    if (line.startsWith('    ')) {
      reason = `${reason} ${line.trim()}`.trim();
      continue;
    }
    settle();
    if (!line.startsWith('  ')) {
      file = line.trim();
      continue;
    }
    const at = line.indexOf(' → ');
    if (at < 0) throw new Error(`survivors.txt: ${line.trim()}: no ' → '`);
    waiting.push(`${file}|${oneLine(line.slice(0, at))}|${oneLine(line.slice(at + 3))}`);
  }
  settle();
  return reasons;
}

function oneLine(text) {
  return text.replace(/\s+/g, ' ').trim();
}

function score({ Killed, Timeout, Survived, NoCoverage }) {
  return 100 * (Killed + Timeout) / (Killed + Timeout + Survived + NoCoverage);
}

function table() {
  const row = cells => `| ${cells.join(' | ')} |`;
  return [
    row(['folder', 'killed', 'timeout', 'survived', 'not covered', 'score']),
    row(['---', '---:', '---:', '---:', '---:', '---:']),
    ...[...folders].sort().map(([folder, c]) =>
      row([folder, c.Killed, c.Timeout, c.Survived, c.NoCoverage, `${score(c).toFixed(1)} %`])),
  ];
}

function document() {
  const code = text => '`` ' + text.replaceAll('|', '\\|') + ' ``';
  return [
    '# Mutations of the library', '', '    ' + command, '', versions, '', ...table(), '',
    `${survivors.length} changes survived:`, '',
    '| where | change | why |', '| --- | --- | --- |',
    ...survivors.map(s =>
      `| ${s.file}:${s.line} | ${code(s.was)} → ${code(s.becomes)}${s.uncovered} | ${s.reason ?? ''} |`),
    '',
  ].join('\n');
}
