import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdir, mkdtemp, realpath, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { packPlugin } from '../../upgrade/5.2.0/archive.ts'
import { RegistryClient } from '../../upgrade/5.2.0/registry-client.ts'

const MIB = 1024 * 1024
/** Of the plugin, and of the archive: both far more than may be held. */
const LARGE = 256 * MIB
const MAY_GROW = 100 * MIB

describe('a large plugin [slow]', function () {
  this.timeout(60_000)
  let dir: string
  before(async () => { dir = await realpath(await mkdtemp(path.join(tmpdir(), 'vivarium-large-'))) })
  after(async () => { await rm(dir, { recursive: true }) })

  it('goes through memory in pieces when it is packed', async () => {
    const plugin = path.join(dir, 'plugin')
    await mkdir(plugin)
    await sparse(path.join(plugin, 'data.bin'))
    const grown = await growth(async () => await packPlugin(plugin, { name: 'large', version: '1.0.0' }, path.join(dir, 'packed.tgz')))
    assert.ok(grown < MAY_GROW, `${grown} bytes more`)
    assert.ok((await stat(path.join(dir, 'packed.tgz'))).size > 100_000)
  })

  it('and when it is sent: category and architecture first, then the file', async () => {
    const archive = path.join(dir, 'archive.tgz')
    await sparse(archive)
    let received = 0
    let head = ''
    const server = createServer((request, response) => {
      request.on('data', (chunk: Buffer) => {
        if (received === 0) head = chunk.toString('latin1')
        received += chunk.length
      })
      request.on('end', () => response.writeHead(201).end('{}'))
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const registry = new RegistryClient({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/registry`, secret: 's', architecture: 'x64' }) // it listens on TCP
    try {
      const grown = await growth(async () => await registry.publish('large', { archive, architecture: 'noarch' }))
      assert.ok(received > LARGE, String(received))
      assert.ok(grown < MAY_GROW, `${grown} bytes more`)
      assert.deepEqual([...head.matchAll(/ name="(\w+)"/g)].map(([, name]) => name), ['architecture', 'category', 'file'])
    } finally {
      await registry.close()
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    }
  })
})

async function sparse (file: string): Promise<void> {
  await writeFile(file, '')
  await truncate(file, LARGE)
}

/** The most that the process held beyond what it held before. */
async function growth (work: () => Promise<unknown>): Promise<number> {
  const before = process.memoryUsage.rss()
  let most = 0
  const timer = setInterval(() => { most = Math.max(most, process.memoryUsage.rss() - before) }, 20)
  try {
    await work()
  } finally {
    clearInterval(timer)
  }
  return most
}
