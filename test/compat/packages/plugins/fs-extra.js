const fs = require('fs-extra')
const path = require('path')

exports.run = async ({ processingConfig: { url }, axios, log, tmpDir, dir }) => {
  await fs.ensureDir(path.join(tmpDir, 'a/b'))
  const { data } = await axios.get(`${url}/places.json`)
  await fs.writeJson(path.join(tmpDir, 'a/b/places.json'), data, { spaces: 2 })
  await fs.copy(path.join(tmpDir, 'a'), path.join(dir, 'copied'))
  await fs.move(path.join(dir, 'copied/b/places.json'), path.join(dir, 'moved/places.json'))
  await fs.outputFile(path.join(dir, 'deep/er/note.txt'), 'é')
  await log.info('there', { moved: await fs.pathExists(path.join(dir, 'moved/places.json')), gone: await fs.pathExists(path.join(dir, 'copied/b/places.json')) })
  await fs.emptyDir(path.join(tmpDir, 'a'))
  await log.info('read', (await fs.readJson(path.join(dir, 'moved/places.json'))).features.length)
  await fs.readFile(path.join(dir, 'absent')).catch(error => log.warning(error.code))
  await fs.remove(path.join(dir, 'copied'))
  await log.info('left', (await fs.readdir(dir)).sort())
}
