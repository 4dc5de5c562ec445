/** What a package does in a plugin of the service, from a folder and from an archive, beside what it does in plain Node. */
import path from 'node:path'
import { runInNode, type Sandbox, type Side } from '../both-sides.ts'
import type { Recorded, RecordingServer } from '../recording-server.ts'
import { packPlugin, stagePlugin, versionOf } from './stage.ts'

export interface PackageComparison {
  readonly version: string
  /** Log, failure, files left and requests seen, without what is a side's own: times, and the address it was given. */
  readonly node: unknown
  readonly folder: unknown
  readonly archive: unknown
  /** Of plain Node, folder and archive. */
  readonly ms: readonly number[]
  /** Why plain Node itself fails. */
  readonly nodeError: string | undefined
}

export async function comparePackage (sandbox: Sandbox, server: RecordingServer, name: string, script: string): Promise<PackageComparison> {
  const plugin = `uses-${name.toLowerCase().replaceAll(/[^a-z0-9.-]/g, '-')}`
  const folder = path.join(sandbox.plugins, plugin)
  await stagePlugin(script, folder)
  const node = await runInNode(folder, { url: `${server.url}/node` })
  const asFolder = await sandbox.run(plugin, { url: `${server.url}/folder` })
  await packPlugin(folder)
  const asArchive = await sandbox.run(plugin, { url: `${server.url}/archive` })
  const comparable = (side: Side, of: string): unknown => withoutOwn(side, server.taken(of), `${server.url}/${of}`)
  return {
    version: await versionOf(name),
    node: comparable(node, 'node'),
    folder: comparable(asFolder, 'folder'),
    archive: comparable(asArchive, 'archive'),
    ms: [node.ms, asFolder.ms, asArchive.ms],
    nodeError: node.error
  }
}

function withoutOwn ({ lines, error, files }: Side, requests: readonly Recorded[], url: string): unknown {
  const text = JSON.stringify({ lines: lines.map(({ type, msg, extra }) => ({ type, msg, extra })), error, files, requests })
  return JSON.parse(text.replaceAll(url, '(server)'))
}
