const parquet = require('@dsnp/parquetjs')
const path = require('path')

exports.run = async ({ processingConfig: { url }, axios, log, tmpDir }) => {
  const { features } = (await axios.get(`${url}/places.json`)).data
  const file = path.join(tmpDir, 'places.parquet')
  const schema = new parquet.ParquetSchema({ name: { type: 'UTF8', compression: 'GZIP' }, people: { type: 'INT64' }, kind: { type: 'UTF8', optional: true } })
  const writer = await parquet.ParquetWriter.openFile(schema, file)
  for (const { properties } of features) await writer.appendRow(properties)
  await writer.close()
  const reader = await parquet.ParquetReader.openFile(file)
  const cursor = reader.getCursor()
  const rows = []
  for (let row = await cursor.next(); row !== null; row = await cursor.next()) rows.push({ ...row, people: Number(row.people) })
  await reader.close()
  await log.info('rows', rows.length)
  await axios.post(`${url}/_bulk_lines`, rows)
}
