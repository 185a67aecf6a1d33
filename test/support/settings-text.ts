/** The smallest settings that are valid, as one text per section, so that a test replaces the section that it is about. */
import { checkParsed, type SettingsReading } from '../../protocol/settings/check-parsed.ts';
import { parseSettingsText } from '../../protocol/settings/parse-settings-text.ts';
import { renderProblem } from '../../protocol/settings/settings-problem.ts';

const SECTIONS = {
  version: 'version: 1',
  environment: 'environment: test',
  nats: 'nats: { servers: ["nats://127.0.0.1:4222"] }',
  kafka: 'kafka: { brokers: ["127.0.0.1:9092"] }',
  state: 'state: { host: state, user: ergate, database: ergate }',
  supervisor: '',
  databases: `databases:
  order: { driver: mysql, shards: [{ name: order, host: order-host, user: u, database: order }] }
  seller:
    driver: mysql
    shards:
      - { name: seller0, host: seller-host-0, user: u, database: seller }
      - { name: seller1, host: seller-host-1, user: u, database: seller }`,
  captures: `captures:
  order: { database: order, topic: cdc.order, serverId: 5701, tables: { orders: { recordKey: [buyer_no] } } }`,
  pipelines: `pipelines:
  order-seller:
    source: { database: order, topic: cdc.order }
    target: { database: seller, shardBy: modulo }
    tables: { orders: { shardKey: seller_no } }`,
} as const;

type Sections = { readonly [Name in keyof typeof SECTIONS]?: string };

export function aSettingsText(sections: Sections = {}): string {
  return Object.values({ ...SECTIONS, ...sections })
    .filter((section) => section !== '')
    .join('\n');
}

export interface GivenTexts {
  readonly env?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
}

/** Each text as one file: a.yaml, b.yaml, … */
export function readTexts(texts: readonly string[], { env = {}, files = {} }: GivenTexts = {}): SettingsReading {
  const readFile = (path: string) => {
    const content = files[path];
    if (content === undefined) {
      throw new Error('no file of that name');
    }
    return content;
  };
  return checkParsed(
    texts.map((text, index) => parseSettingsText(`${String.fromCharCode(97 + index)}.yaml`, text, { env, readFile })),
  );
}

/** What a person would be shown, line by line. */
export function problemsOf(text: string, given: GivenTexts = {}): readonly string[] {
  return readTexts([text], given).problems.map(renderProblem);
}
