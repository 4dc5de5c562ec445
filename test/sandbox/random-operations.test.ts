import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const PROGRAM = fileURLToPath(new URL('random-operations.ts', import.meta.url))
const MS = Number(process.env.RANDOM_OPERATIONS_MS ?? 2_500)

describe('operations of the thread with random arguments', function () {
  this.timeout(2 * MS + 30_000)
  let dir: string
  before(() => { dir = mkdtempSync(path.join(tmpdir(), 'vivarium-random-')) })
  after(() => rmSync(dir, { recursive: true, force: true }))

  for (const seed of [1, Math.floor(Math.random() * 2 ** 31)]) {
    it(`never end the process (seed ${seed})`, () => {
      const file = path.join(dir, `${seed}.txt`)
      const { status, signal, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, String(seed), String(MS), file], { encoding: 'utf8' })
      assert.deepEqual({ status, signal }, { status: 0, signal: null }, `${stderr.slice(0, 1_500)}\nlast operation: ${readFileSync(file, 'utf8').trim()}`)
      const { done, failed } = JSON.parse(stdout) as { done: number, failed: number }
      assert.ok(done > 50 && failed > 50, `${done} done, ${failed} failed`)
    })
  }
})
