import { cp, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatafairRegistry } from '../../../cache/registries/datafair.ts'
import { DirRegistry } from '../../../cache/registries/dir.ts'
import { NpmRegistry } from '../../../cache/registries/npm.ts'
import { startNpmRegistry, type NpmVersion } from '../../servers/npm-registry.ts'
import { packFolder, startRegistry, type Artefact, type Protocol } from '../../servers/registry.ts'
import { testRegistry, type RegistryHarness } from './contract.ts'

const QUICK = { retry: { attempts: 3, delayMs: 2, maxDelayMs: 20 }, headersMs: 150, connectMs: 500 }
const ID = '@fixtures-plugin-1'

testRegistry('a folder of folders', {}, async (folder) => {
  const dir = join(folder, 'plugins')
  await mkdir(dir)
  return {
    registry: new DirRegistry({ dir }),
    id: 'plugin',
    absent: 'other',
    async publish (from) {
      await rm(join(dir, 'plugin'), { recursive: true, force: true })
      await cp(from, join(dir, 'plugin'), { recursive: true })
      await settle()
    },
    async withdraw () { await rm(join(dir, 'plugin'), { recursive: true }) },
    async close () {}
  }
})

testRegistry('a folder of archives', {}, async (folder) => {
  const dir = join(folder, 'plugins')
  await mkdir(dir)
  return {
    registry: new DirRegistry({ dir }),
    id: 'plugin',
    absent: 'other',
    async publish (from) { await writeFile(join(dir, 'plugin.tgz'), await packFolder(from)) },
    async withdraw () { await rm(join(dir, 'plugin.tgz')) },
    async close () {}
  }
})

for (const protocol of ['download', 'slots'] as const) {
  testRegistry(`a registry of data-fair (${protocol})`, { network: true, accounts: true }, async () => await datafair(protocol))
}

testRegistry('a registry of npm', { network: true }, async () => {
  const server = await startNpmRegistry({ token: 's3cret' })
  const versions: Record<string, NpmVersion> = {}
  const set = (behaviour?: Parameters<typeof server.set>[1] & object): void => server.set('@fixtures/plugin', { versions, ...behaviour })
  return {
    registry: new NpmRegistry({ url: server.url, token: 's3cret', ...QUICK }),
    id: '@fixtures/plugin@*',
    absent: 'other',
    async publish (from) {
      versions[`1.0.${Object.keys(versions).length}`] = { archive: await packFolder(from) }
      set()
    },
    async withdraw () { server.set('@fixtures/plugin', undefined) },
    server: {
      down: server.down,
      up: server.up,
      async answer (status, retryAfter) { set({ versions, behaviour: { kind: 'status', status, retryAfter } }) },
      async silence () { set({ versions, behaviour: { kind: 'silent' } }) },
      requests: () => server.requests.length
    },
    close: server.close
  }
})

async function datafair (protocol: Protocol): Promise<RegistryHarness> {
  const server = await startRegistry({ secret: 's3cret', artefacts: {}, protocol })
  let artefact: Artefact = {}
  let uploads = 0
  const set = async (change: Artefact): Promise<void> => {
    artefact = { ...artefact, ...change }
    await server.set(ID, artefact)
  }
  return {
    registry: new DatafairRegistry({ url: server.url, secret: 's3cret', ...QUICK }),
    id: ID,
    absent: '@fixtures-other-1',
    // An hour ago, and each a minute after the one before.
    async publish (dir) { await set({ dir, behaviour: undefined, updatedAt: new Date(Date.now() - 3_600_000 + 60_000 * uploads++) }) },
    async withdraw () { await server.set(ID, undefined) },
    async restrict (account) { await set({ access: [account] }) },
    server: {
      down: server.down,
      up: server.up,
      async answer (status, retryAfter) { await set({ behaviour: { kind: 'status', status, retryAfter } }) },
      async silence () { await set({ behaviour: { kind: 'silent' } }) },
      requests: () => server.requests.length
    },
    close: server.close
  }
}

/** No look at the disk is used again for longer. */
async function settle (): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 300))
}
