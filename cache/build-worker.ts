/** The entry of a build worker's thread (Piscina). It holds no secret, and its errors cross as data. */
import { realpathSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { encodeAnswer } from './build-answers.ts'
import { BuildError, type Answer, type Bundled, type BuildJob, type BuildTask, type TaskValues } from './build-tasks.ts'
import { bundlePackage } from './bundle.ts'
import { copyFolder, digestFolder } from './copy-folder.ts'
import { extract } from './extract.ts'
import { PackageLinks } from './package-links.ts'
import { sha256, writeDurably } from './sealed.ts'
import { reason } from './reasons.ts'

export default async function buildWorker (job: BuildJob): Promise<Uint8Array> {
  return encodeAnswer(await answer(job))
}

async function answer ({ task, processId }: BuildJob): Promise<Answer<TaskValues[BuildTask['job']]>> {
  try {
    return { ok: true, value: await perform(task, new Int32Array(processId)) }
  } catch (error) {
    if (error instanceof BuildError) return { ok: false, failure: error.failure }
    // The disk, or a fault of ours: nothing that the plugin's author could change.
    return { ok: false, failure: { code: 'internal', reason: reason('not-prepared'), detail: String(error), lasting: false } }
  }
}

async function perform (task: BuildTask, processId: Int32Array): Promise<TaskValues[BuildTask['job']]> {
  switch (task.job) {
    case 'extract': return await extract(task.parts, task.to, task.limits)
    case 'copy': return copyFolder(task.from, task.to, task.limits)
    case 'digest': return digestFolder(realpathSync(task.dir), task.limits)
    case 'bundle': return await bundle(task, processId)
  }
}

async function bundle (task: BuildTask & { readonly job: 'bundle' }, processId: Int32Array): Promise<Bundled> {
  const { code, map, manifest, builtins, async } = await bundlePackage(task.dir, task.limits, processId, new PackageLinks(task.links))
  const bytes = Buffer.from(code)
  await mkdir(dirname(task.bundle), { recursive: true })
  await writeDurably(task.bundle, bytes)
  await writeDurably(task.map, map)
  return { ...manifest, builtins, async, sha256: sha256(bytes), bytes: bytes.length }
}
