const klaw = require('klaw-sync')
const fs = require('fs')
const path = require('path')

exports.run = async ({ log, dir }) => {
  fs.mkdirSync(path.join(dir, 'a/b'), { recursive: true })
  for (const name of ['a/1.csv', 'a/b/2.csv', 'a/b/3.txt']) fs.writeFileSync(path.join(dir, name), name)
  const found = klaw(dir, { nodir: true, filter: ({ path, stats }) => stats.isDirectory() || path.endsWith('.csv'), traverseAll: true })
  await log.info('found', found.map(({ path: file, stats }) => [path.relative(dir, file), stats.size]).sort())
}
