exports.run = async ({ processingConfig: { url }, axios, log }) => {
  const { default: through2 } = await import('through2')
  const { data } = await axios.get(`${url}/harvest.csv`, { responseType: 'stream' })
  let upper = ''
  for await (const chunk of data.pipe(through2(function (chunk, _encoding, done) { this.push(chunk.toString('latin1').toUpperCase()); done() }))) upper += chunk
  await log.info(upper.slice(0, 30), upper.length)
}
