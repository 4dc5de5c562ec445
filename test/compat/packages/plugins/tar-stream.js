const tar = require('tar-stream')
const zlib = require('zlib')

exports.run = async ({ log }) => {
  const pack = tar.pack()
  pack.entry({ name: 'a.txt', mtime: new Date(0) }, 'alpha')
  pack.entry({ name: 'dir/b.txt', mtime: new Date(0) }, 'é'.repeat(2_000))
  pack.finalize()
  const extract = pack.pipe(zlib.createGzip()).pipe(zlib.createGunzip()).pipe(tar.extract())
  for await (const entry of extract) {
    let bytes = 0
    for await (const chunk of entry) bytes += chunk.length
    await log.info(entry.header.name, bytes)
  }
}
