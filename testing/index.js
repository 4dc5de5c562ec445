/**
 * `vivarium/testing`: the context of a run in plain Node, for the tests of plugins; nothing is isolated and nothing limited.
 * JavaScript, so that it can be imported from any Node and from below node_modules. The calls are those of @data-fair/processings-test-utils.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createAxios } from './axios.js'
import { createLog } from './log.js'
import { DataFairSocket } from './socket.js'

export function context (initial = {}, config = {}, debug = false, testDebug = false) {
  const lines = []
  const mails = []
  const folders = []
  const log = createLog(lines, debug, testDebug)
  const made = name => {
    const folder = mkdtempSync(path.join(tmpdir(), `vivarium-test-${name}-`))
    folders.push(folder)
    return folder
  }
  const ws = new DataFairSocket(config, log)
  const axios = createAxios(config)
  let created
  const processingContext = {
    ...initial,
    processingConfig: initial.processingConfig ?? {},
    pluginConfig: initial.pluginConfig ?? {},
    secrets: initial.secrets ?? {},
    trigger: initial.trigger ?? { type: 'manual' },
    processingId: initial.processingId ?? 'test',
    dir: initial.dir ?? made('dir'),
    tmpDir: initial.tmpDir ?? made('tmp'),
    log,
    axios,
    ws,
    lines,
    mails,
    async sendMail (mail) {
      log.testInfo('mail', mail)
      mails.push(mail)
    },
    async patchConfig (patch) {
      log.testInfo('patch of the configuration', patch)
      if (patch.datasetMode === 'update' && patch.dataset) created = patch.dataset
      Object.assign(processingContext.processingConfig, patch)
    },
    async cleanup () {
      ws.close()
      for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
      if (created === undefined) return
      log.testInfo('the dataset of the test is deleted', created)
      const { id } = created
      created = undefined
      await axios.delete(`api/v1/datasets/${id}`)
    }
  }
  return processingContext
}

export default { context }
