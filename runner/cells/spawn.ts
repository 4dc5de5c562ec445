/**
 * Starts the process of a cell: nothing of the host's environment, Node's permission model, no descriptor above the pipe's.
 *
 * What this covers: file access outside the cell's folder, network, child processes and the inspector are refused by Node itself.
 * What it does not: the permission model is a seat belt for code that Node runs, not a wall against native code (`--allow-addons` is
 * needed for isolated-vm), signals are not covered, and symbolic links that already lie in an allowed folder are followed: none may
 * ever get there. An operator's `wrapper` (bwrap, unshare, setpriv) is the wall.
 */
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ChildProcess } from 'node:child_process'
import type { FrameCaps } from '../../sandbox/frames.ts'
import type { CellFolders } from './cell-folders.ts'
import type { Prepared } from './prepared.ts'

export interface CellProcessOptions {
  readonly folders: CellFolders
  /** What sandbox/build.ts has prepared. */
  readonly prepared: Prepared
  readonly heapMb: number
  readonly threads: number
  /** What the cell takes. */
  readonly caps: { readonly headerBytes: number, readonly bodyBytes: number }
  /** What is taken from it. @default from-cell.ts, with the limits that a run has by default */
  readonly receives?: FrameCaps
  /** A cell that is not ready after so long is killed. */
  readonly readyMs: number
  /** Command and arguments put before Node's, as the operator wants them. */
  readonly wrapper?: readonly string[]
  /** User and group of the process; only root can change them. */
  readonly uid?: number
  readonly gid?: number
  /** Starts without Node's own snapshot, as isolated-vm's README asks: it doubles the cold start and showed no benefit. */
  readonly noNodeSnapshot?: boolean
}

/** Where the packages lie that cells load. */
export const CELL_PACKAGES = modulesFolder(fileURLToPath(import.meta.resolve('piscina')))
/** node-gyp-build, which loads isolated-vm, would look for Alpine in a file that the permission model hides. */
const libc = isMusl() ? 'musl' : 'glibc'

export function spawnCell (options: CellProcessOptions): ChildProcess {
  const [command, ...args] = [...(options.wrapper ?? []), process.execPath, ...flags(options), options.prepared.cell, cellArgument(options)]
  return spawn(command as string, args, { // the list is never empty
    cwd: options.folders.files,
    env: { LIBC: libc, UV_THREADPOOL_SIZE: String(poolSize(options.threads)) },
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    detached: true, // a group of its own: a Ctrl-C in the terminal is the service's to handle, and a wrapper dies with what it wraps
    ...(options.uid === undefined ? {} : { uid: options.uid }),
    ...(options.gid === undefined ? {} : { gid: options.gid })
  })
}

/** Of libuv: as many as all runs may keep busy with computing (sandbox/host-ops.ts: two each), and Node's four for what is short. */
function poolSize (threads: number): number {
  return 2 * threads + 4
}

function flags (options: CellProcessOptions): string[] {
  return [
    '--permission', '--allow-worker', '--allow-addons',
    `--allow-fs-read=${options.prepared.folder}${path.sep}*`,
    `--allow-fs-read=${CELL_PACKAGES}${path.sep}*`, '--allow-fs-read=/etc/alpine-release',
    `--allow-fs-read=${options.folders.packages}${path.sep}*`,
    `--allow-fs-read=${options.folders.files}${path.sep}*`, `--allow-fs-write=${options.folders.files}${path.sep}*`,
    '--disable-sigusr1', '--disable-warning=SecurityWarning', '--disable-warning=ExperimentalWarning',
    ...(options.noNodeSnapshot === true ? ['--no-node-snapshot'] : [])
  ]
}

/** CellOptions of sandbox/cell.ts. */
function cellArgument (options: CellProcessOptions): string {
  const { prepared, heapMb, threads, caps } = options
  return JSON.stringify({ snapshotFolder: prepared.folder, workerUrl: prepared.worker, heapMb, threads, caps })
}

function modulesFolder (file: string): string {
  const name = `${path.sep}node_modules${path.sep}`
  return file.slice(0, file.lastIndexOf(name) + name.length - 1)
}

function isMusl (): boolean {
  return process.platform === 'linux' && existsSync('/etc/alpine-release') && readFileSync('/etc/alpine-release', 'utf8').length > 0
}
