/**
 * One real server in a folder of its own: data, log, ports and the record of its process lie there and nowhere else.
 *
 * The ports are chosen at the first start and kept, so that clients find it again after `killHard()` and `start()`.
 * It counts as started when a real request was answered by this very process, not when its port is open.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, renameSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { endWithLauncher, forgetLaunched, type LaunchedServer } from './end-with-launcher.ts';
import { findExecutable } from './find-executable.ts';
import { arePortsFree, choosePorts } from './free-port.ts';
import {
  endProcess,
  identifyProcess,
  isRunning,
  killProcess,
  type ProcessIdentity,
  signalProcess,
} from './process-identity.ts';
import { lastLines } from './run-command.ts';
import { readServerRecord, writeServerRecord } from './server-record.ts';

/** What differs between kinds of servers. */
export interface ServerSpec {
  readonly name: string;
  readonly folder: string;
  readonly portCount: number;
  /** Makes the data folder and the settings file; called before every start. */
  prepare(ports: readonly number[]): Promise<void>;
  command(ports: readonly number[]): readonly [program: string, ...args: string[]];
  /** One real request. @throws when it fails, or when another server than this one answers; within seconds */
  probe(ports: readonly number[]): Promise<void>;
}

export interface ServerLife {
  /** True: `keep()` lets it go on after this process, and a later start that may do so too takes it over. */
  readonly mayBeKept?: boolean;
}

const READY_WITHIN_MS = 60_000;
const PROBE_EVERY_MS = 50;
const STOP_GRACE_MS = 15_000;
const MAX_PORT_TRIES = 5;
const MAX_LOG_BYTES = 16 * 1024 * 1024;

export class ServerProcess implements LaunchedServer, AsyncDisposable {
  readonly name: string;
  readonly folder: string;
  readonly logFile: string;
  readonly #spec: ServerSpec;
  readonly #mayBeKept: boolean;
  #ports: readonly number[] = [];
  #identity: ProcessIdentity | undefined;

  constructor(spec: ServerSpec, life: ServerLife = {}) {
    this.name = spec.name;
    this.folder = spec.folder;
    this.logFile = join(spec.folder, 'server.log');
    this.#spec = spec;
    this.#mayBeKept = life.mayBeKept === true;
  }

  /** Of the latest start; 0 before the first. */
  get pid(): number {
    return this.#identity?.pid ?? 0;
  }

  get ports(): readonly number[] {
    return this.#ports;
  }

  isRunning(): boolean {
    return this.#identity !== undefined && isRunning(this.#identity);
  }

  /** Resolves when it answers. Does nothing when it runs; after `stop()` and `killHard()` same ports and data. */
  async start(): Promise<void> {
    if (this.isRunning()) {
      return;
    }
    mkdirSync(this.folder, { recursive: true });
    if (await this.#takeOverOrEndLeftover()) {
      return;
    }
    const isRestart = this.#ports.length > 0;
    for (let tries = 1; ; tries++) {
      this.#ports = await this.#pickPorts(isRestart);
      try {
        return await this.#startOnPorts();
      } catch (error) {
        if (isRestart || tries === MAX_PORT_TRIES || (await arePortsFree(this.#ports))) {
          throw error;
        }
      }
    }
  }

  /** Asks it to end and waits for that; legal at any time. */
  async stop(): Promise<void> {
    if (this.#identity !== undefined) {
      await endProcess(this.#identity, STOP_GRACE_MS);
    }
    forgetLaunched(this);
  }

  /** Ends it as a power cut would. */
  async killHard(): Promise<void> {
    if (this.#identity !== undefined) {
      await killProcess(this.#identity);
    }
  }

  /** From now on it goes on when this process ends. */
  keep(): void {
    forgetLaunched(this);
  }

  killNow(): void {
    if (this.#identity !== undefined) {
      signalProcess(this.#identity, 'SIGKILL');
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** @returns true when a running server was taken over */
  async #takeOverOrEndLeftover(): Promise<boolean> {
    const { ports, server, launcher } = readServerRecord(this.folder) ?? {};
    if (ports === undefined || server === undefined || !isRunning(server)) {
      return false;
    }
    if (launcher !== undefined && isRunning(launcher)) {
      throw new Error(
        `${this.name} in ${this.folder} runs already, started by process ${launcher.pid}; end that first`,
      );
    }
    if (!this.#mayBeKept) {
      await endProcess(server, STOP_GRACE_MS);
      return false;
    }
    this.#identity = server;
    this.#ports = ports;
    await this.#waitUntilReady(server);
    return true;
  }

  async #pickPorts(isRestart: boolean): Promise<readonly number[]> {
    const known = isRestart ? this.#ports : readServerRecord(this.folder)?.ports;
    if (known?.length === this.#spec.portCount && (await arePortsFree(known))) {
      return known;
    }
    if (isRestart) {
      throw new Error(`${this.name} cannot come back: a port of ${known?.join(', ')} is taken by another process`);
    }
    return choosePorts(this.#spec.portCount);
  }

  async #startOnPorts(): Promise<void> {
    await this.#spec.prepare(this.#ports);
    const identity = await this.#spawn();
    try {
      await this.#waitUntilReady(identity);
    } catch (error) {
      await killProcess(identity);
      throw error;
    }
  }

  async #spawn(): Promise<ProcessIdentity> {
    const log = this.#openLog();
    // In a session of its own: Ctrl-C in the terminal is for the launcher, which then stops its servers in order.
    const [program, ...args] = [...this.#deathWish(), ...this.#spec.command(this.#ports)];
    const child = spawn(program, args, { cwd: this.folder, stdio: ['ignore', log, log], detached: true });
    closeSync(log);
    if (child.pid === undefined) {
      await once(child, 'spawn'); // rejects with the reason
      throw new Error(`${program} could not be started`);
    }
    const identity = identifyProcess(child.pid);
    this.#identity = identity;
    // Nothing may come between start and record: what is recorded can be found after the launcher was killed.
    writeServerRecord(this.folder, { ports: this.#ports, server: identity, launcher: identifyProcess(process.pid) });
    child.unref();
    endWithLauncher(this);
    return identity;
  }

  /** The kernel ends the server when the thread that started it is gone, however it went (PR_SET_PDEATHSIG). */
  #deathWish(): [program: string, ...args: string[]] | [] {
    const setpriv = this.#mayBeKept ? undefined : findExecutable('setpriv');
    return setpriv === undefined ? [] : [setpriv, '--pdeathsig', 'KILL', '--'];
  }

  #openLog(): number {
    if ((statSync(this.logFile, { throwIfNoEntry: false })?.size ?? 0) > MAX_LOG_BYTES) {
      renameSync(this.logFile, `${this.logFile}.1`);
    }
    return openSync(this.logFile, 'a');
  }

  async #waitUntilReady(identity: ProcessIdentity): Promise<void> {
    const deadlineMs = performance.now() + READY_WITHIN_MS;
    let reason: unknown;
    while (isRunning(identity)) {
      try {
        return await this.#spec.probe(this.#ports);
      } catch (error) {
        reason = error;
      }
      if (performance.now() > deadlineMs) {
        throw new Error(`${this.name} did not answer within ${READY_WITHIN_MS / 1_000} s; log: ${this.logFile}`, {
          cause: reason,
        });
      }
      await sleep(PROBE_EVERY_MS);
    }
    const log = await readFile(this.logFile, 'utf8');
    throw new Error(`${this.name} ended while starting; the end of ${this.logFile}:\n${lastLines(log)}`, {
      cause: reason,
    });
  }
}
