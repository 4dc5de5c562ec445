const fs = require('fs')
const graceful = require('graceful-fs')
const path = require('path')

exports.run = async ({ log, dir }) => {
  graceful.gracefulify(fs)
  await Promise.all(Array.from({ length: 200 }, (_, n) => new Promise((resolve, reject) => fs.writeFile(path.join(dir, `${n}.txt`), `${n}`, error => error ? reject(error) : resolve()))))
  const streams = await Promise.all(Array.from({ length: 20 }, (_, n) => new Promise((resolve, reject) => graceful.createReadStream(path.join(dir, `${n}.txt`), 'utf8').on('data', resolve).on('error', reject))))
  await log.info(`${graceful.readdirSync(dir).length}`, streams)
}
