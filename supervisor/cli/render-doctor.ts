/** What the doctor found, for people: fits 80 columns but for statements, which are whole so that they can be copied. */
import type { Remark, Severity } from '../../actors/target/remark.ts';
import type { DoctorReport, PipelineReport, PlaceReport, TableReport, Verdict } from '../doctor/doctor-report.ts';
import { formatMegabytes } from './format-quantity.ts';
import type { RenderOptions, Tone } from './render-status.ts';
import { type Cell, type Column, packWords, renderTable, withoutControls, wrapText } from './render-table.ts';

const COLUMNS: readonly Column[] = [
  { title: 'TABLE' },
  { title: 'VERDICT' },
  { title: 'GUARD' },
  { title: 'WRITE' },
  { title: 'KEY' },
  { title: 'SHARDS' },
];

const VERDICTS = {
  safe: { word: 'SAFE', tone: 'good' },
  warn: { word: 'WARN', tone: 'doubtful' },
  refused: { word: 'REFUSED', tone: 'bad' },
  unknown: { word: 'UNKNOWN', tone: 'doubtful' },
} as const satisfies Record<Verdict, { word: string; tone: Tone }>;

const SEVERITIES = {
  refused: VERDICTS.refused,
  warning: VERDICTS.warn,
  note: { word: 'NOTE', tone: 'quiet' },
} as const satisfies Record<Severity, { word: string; tone: Tone }>;

const INDENT = '  ';
/** Below the name of a server. */
const FACT_INDENT = ' '.repeat('  source  '.length);
const STATEMENT_INDENT = INDENT.repeat(4);

export function renderDoctor(report: DoctorReport, options: RenderOptions): string[] {
  return [
    ...report.pipelines.flatMap((pipeline) => [...renderPipeline(pipeline, options), '']),
    ...renderSummary(report, options),
  ];
}

function renderPipeline(pipeline: PipelineReport, options: RenderOptions): string[] {
  const { shards, tables } = pipeline;
  const places = listPlaces(pipeline).map(({ place }) => place);
  const known = tables.filter(({ verdict }) => verdict !== 'unknown');
  const statements = new Set<string>();
  const render = (remark: Remark, where: string) => renderRemark(remark, where, { options, statements });
  return [
    `pipeline ${pipeline.pipeline}, from topic ${pipeline.topic}`,
    ...renderPlaces(pipeline, options),
    ...renderPlaceRemarks(places, render, options),
    '',
    ...renderTable(
      COLUMNS,
      known.map((table) => tableRow(table, shards, options)),
    ).map(indent),
    ...known.flatMap((table) => renderTableDetail(table, render, options)),
  ];
}

type Role = 'source' | 'target' | 'replica';

function listPlaces({
  source,
  shards,
  replicas,
}: PipelineReport): readonly { readonly role: Role; readonly place: PlaceReport }[] {
  return [
    ...(source === undefined ? [] : [{ role: 'source' as const, place: source }]),
    ...shards.map((place) => ({ role: 'target' as const, place })),
    ...replicas.map((place) => ({ role: 'replica' as const, place })),
  ];
}

function renderPlaces(pipeline: PipelineReport, options: RenderOptions): string[] {
  const places = listPlaces(pipeline);
  const [, ...heads] = renderTable(
    [{ title: '' }, { title: '' }, { title: '' }, { title: '' }],
    places.map(({ role, place }) => [
      { text: role },
      { text: place.name },
      { text: place.address },
      placeCell(place, options),
    ]),
  );
  return places.flatMap(({ place }, index) => [indent(heads[index] ?? ''), ...describeServer(place, options)]);
}

function placeCell({ server, verdict }: PlaceReport, options: RenderOptions): Cell {
  return server === undefined ? verdictCell(verdict, options) : { text: `${server.flavour} ${server.version}` };
}

/** Of the server itself; a session of ours sets its own mode and time zone. */
function describeServer({ server, fence, remarks }: PlaceReport, options: RenderOptions): string[] {
  const width = options.columns - FACT_INDENT.length;
  if (server === undefined) {
    return remarks
      .flatMap(({ code, message }) => wrapText(withoutControls(`${code} ${message}`), width, INDENT))
      .map((line) => FACT_INDENT + line);
  }
  const { account, maxPacketBytes, sqlMode, timeZone } = server;
  const words = [
    `as ${withoutControls(account)}`,
    `packet ${formatMegabytes(maxPacketBytes)}`,
    `sql_mode ${/STRICT_(ALL|TRANS)_TABLES/.test(sqlMode) ? 'strict' : 'not strict'}`,
    `time zone ${withoutControls(timeZone)}`,
    ...(fence === undefined ? [] : [`fence ${fence}`]),
  ];
  return packWords(
    words.map((text) => ({ text })),
    width,
  ).map((line) => options.paint('quiet', FACT_INDENT + line));
}

type RenderRemark = (remark: Remark, where: string) => string[];

/** What is said of several servers stands once. */
function renderPlaceRemarks(places: readonly PlaceReport[], render: RenderRemark, options: RenderOptions): string[] {
  const said = places
    .filter(({ server }) => server !== undefined) // else it stands beside its name
    .flatMap(({ name, remarks }) => remarks.map((remark) => ({ name, remark })));
  const alike = Map.groupBy(said, ({ remark }) => JSON.stringify(remark));
  const byPlaces = Map.groupBy(alike.values(), (those) => those.map(({ name }) => name).join(', '));
  return [...byPlaces].flatMap(([names, groups]) => [
    '',
    ...wrapAt(1, names, options),
    ...groups.flatMap(([first]) => (first === undefined ? [] : render(first.remark, names))),
  ]);
}

function tableRow(
  { table, shards, verdict, plan }: TableReport,
  all: readonly PlaceReport[],
  options: RenderOptions,
): Cell[] {
  return [
    { text: withoutControls(table) },
    verdictCell(verdict, options),
    { text: plan?.guard ?? '-' },
    { text: plan?.write ?? '-' },
    { text: plan === undefined || plan.key.length === 0 ? '-' : withoutControls(plan.key.join(', ')) },
    { text: shards.length === all.length ? 'all' : nameShards(shards) },
  ];
}

function renderTableDetail(report: TableReport, render: RenderRemark, options: RenderOptions): string[] {
  const facts = describeFacts(report);
  if (facts.length === 0 && report.remarks.length === 0) {
    return [];
  }
  const where = nameShards(report.shards);
  return [
    '',
    `${INDENT}${withoutControls(report.table)} ${options.paint('quiet', `at ${where}`)}`,
    ...facts.flatMap((fact) => wrapAt(2, withoutControls(fact), options).map((line) => options.paint('quiet', line))),
    ...report.remarks.flatMap((remark) => render(remark, where)),
  ];
}

function describeFacts({ plan, source, table }: TableReport): string[] {
  const lists: readonly (readonly [string, readonly string[] | undefined])[] = [
    ['from table', source === table ? [] : [source]],
    ['not written, only at the source:', plan?.unwritten],
    ['not written, ignored:', plan?.ignored],
    ['not written, generated:', plan?.generated],
    ['invisible, written all the same:', plan?.invisible],
  ];
  return lists.flatMap(([what, names = []]) => (names.length === 0 ? [] : [`${what} ${names.join(', ')}`]));
}

interface RemarkContext {
  readonly options: RenderOptions;
  /** Shown already; the same foreign key is a matter of both its tables. */
  readonly statements: Set<string>;
}

function renderRemark(
  { severity, code, message, statements, advice }: Remark,
  where: string,
  { options, statements: shown }: RemarkContext,
): string[] {
  const { word, tone } = SEVERITIES[severity];
  const sentence = advice === undefined ? message : `${message}; ${advice}`;
  const [first = '', ...others] = wrapAt(2, withoutControls(`${word} ${code} ${sentence}`), options);
  const fresh = statements.filter((statement) => !shown.has(`${where} ${statement}`));
  for (const statement of fresh) {
    shown.add(`${where} ${statement}`);
  }
  return [
    first.replace(word, options.paint(tone, word)),
    ...others,
    ...fresh.flatMap((statement) =>
      `${statement};`.split('\n').map((line) => STATEMENT_INDENT + withoutControls(line)),
    ),
    ...(fresh.length < statements.length
      ? [`${STATEMENT_INDENT}${options.paint('quiet', '(its statement stands above)')}`]
      : []),
  ];
}

function renderSummary({ summary }: DoctorReport, options: RenderOptions): string[] {
  const words = (['safe', 'warn', 'refused', 'unknown'] as const)
    .filter((verdict) => summary[verdict] > 0)
    .map((verdict): Cell => {
      const { word, tone } = VERDICTS[verdict];
      return { text: `${summary[verdict]} ${word}`, paint: (text) => options.paint(tone, text) };
    });
  const tables = Object.values(summary).reduce((sum, count) => sum + count, 0);
  const heading = { text: `${tables} ${tables === 1 ? 'table' : 'tables'}, counted per shard:` };
  return [
    ...packWords([heading, ...words], options.columns),
    options.paint('quiet', 'Nothing was changed. ergate explain <code> says more.'),
  ];
}

/** Lines after the first stand a level deeper, statements two. */
function wrapAt(level: number, text: string, { columns }: RenderOptions): string[] {
  const indentation = INDENT.repeat(level);
  return wrapText(text, columns - indentation.length, INDENT).map((line) => indentation + line);
}

const MAX_NAMED_SHARDS = 4;

function nameShards(shards: readonly string[]): string {
  const named = shards.slice(0, MAX_NAMED_SHARDS).join(', ');
  return shards.length > MAX_NAMED_SHARDS ? `${named} and ${shards.length - MAX_NAMED_SHARDS} more` : named;
}

function verdictCell(verdict: Verdict, { paint }: RenderOptions): Cell {
  const { word, tone } = VERDICTS[verdict];
  return { text: word, paint: (text) => paint(tone, text) };
}

function indent(line: string): string {
  return INDENT + line;
}
