/** Source: data-fair/processings, upgrade/2.1.1/owner-dep-null. */
import type { Script } from '../types.ts'

const NULL_DEPARTMENT = { 'owner.department': { $exists: true, $eq: null } }
const SAMPLE = 5

export const ownerDepNull: Script = {
  description: 'Take away departments that are null from the owners of processings',

  async plan (db, log) {
    const processings = db.collection('processings')
    log(`${await processings.countDocuments(NULL_DEPARTMENT)} processings have an owner whose department is null.`)
    const first = await processings.find(NULL_DEPARTMENT, { projection: { title: 1 } }).sort({ _id: 1 }).limit(SAMPLE).toArray()
    for (const { _id, title } of first) log(`  ${String(_id)} ${JSON.stringify(title ?? '')}`)
  },

  async exec (db, log) {
    const { modifiedCount } = await db.collection('processings').updateMany(NULL_DEPARTMENT, { $unset: { 'owner.department': '' } })
    log(`${modifiedCount} processings changed.`)
  }
}
