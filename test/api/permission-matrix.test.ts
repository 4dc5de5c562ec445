/**
 * Every route and every kind of caller. `npm run test:permissions` prints the matrix as it was found.
 * Cells: the status; for documents the profile of the caller (admin, exec, read; `+`: with what only administrators see); for lists how
 * many of three documents (one shared with Red and eve, one of the department hr, one shared with nobody).
 */
import assert from 'node:assert/strict'
import { createDirectory } from '../../api/callers/directory.ts'
import { routes } from '../../api/routes/index.ts'
import { openDirectory, type DirectoryServer } from '../servers/directory.ts'
import { callers } from './matrix/callers.ts'
import { calls, makeDocuments, perform } from './matrix/calls.ts'
import { blue, openService, type Service } from './service.ts'

const columns = Object.keys(callers)

const MATRIX = `
                              sup    mod    off    act    adm    con    usr    odd    dep    prt    pus    eve    out    psd    ano    kad    kco    kus    kon    kot    kex
list of Blue                  200:3  200:3  200:0  200:3  200:3  200:3  200:0  200:0  200:0  200:1  200:0  200:1  200:0  200:3  401    200:3  200:3  200:0  200:1  200:0  401
list of the department        200:1  200:1  200:0  200:1  200:1  200:1  200:0  200:0  200:1  200:0  200:0  200:0  200:0  200:1  401    200:1  200:1  200:0  200:0  200:0  401
list of everybody             200:3  200:3  400    400    400    400    400    400    400    400    400    400    400    400    401    400    400    400    400    400    401
create for Blue               200    200    403    200    200    403    403    403    403    403    403    403    403    403    401    200    403    403    403    403    401
create with debug             200    200    403    403    403    403    403    403    403    403    403    403    403    403    401    403    403    403    403    403    401
read                          200a+  200a+  404    200a+  200a+  200r   403    403    404    200e   404    200r   404    200a+  401    200a+  200r   403    200a+  404    401
read one of the department    200a+  200a+  404    200a+  200a+  200r   403    403    200a+  404    404    404    404    200a+  401    200a+  200r   403    404    404    401
read one that is not shared   200a+  200a+  404    200a+  200a+  200r   403    403    404    404    404    404    404    200a+  401    200a+  200r   403    404    404    401
change                        200    200    404    200    200    403    403    403    404    403    404    403    404    403    401    200    403    403    200    404    401
give to Green                 200    200    404    403    403    403    403    403    404    403    404    403    404    403    401    403    403    403    403    404    401
give to the department        200    200    404    200    200    403    403    403    404    403    404    403    404    403    401    200    403    403    403    404    401
change debug                  200    200    404    403    403    403    403    403    404    403    404    403    404    403    401    403    403    403    403    404    401
delete                        204    204    404    204    204    403    403    403    404    403    404    403    404    403    401    204    403    403    204    404    401
read the plugin               200    200    404    200    200    200    403    403    404    200    404    200    404    200    401    200    200    403    200    404    401
read the schema               200    200    404    200    200    200    403    403    404    200    404    200    404    200    401    200    200    403    200    404    401
read the webhook key          200    200    404    200    200    403    403    403    404    403    404    403    404    200    401    200    403    403    200    404    401
renew the webhook key         200    200    404    200    200    403    403    403    404    403    404    403    404    403    401    200    403    403    200    404    401
trigger                       200    200    404    200    200    403    403    403    404    200    404    403    404    403    401    200    403    403    200    404    401
trigger, webhook key          200    200    200    200    200    200    200    200    200    200    200    200    200    403    200    200    200    200    200    200    401
trigger, wrong key            403    403    403    403    403    403    403    403    403    403    403    403    403    403    403    403    403    403    403    403    401
read its document             200    200    403    403    403    403    403    403    403    403    403    403    403    403    401    403    403    403    403    403    401
read the document             200    200    403    403    403    403    403    403    403    403    403    403    403    403    401    403    403    403    403    403    401
list runs of Blue             200:1  200:1  200:0  200:1  200:1  200:1  200:0  200:0  200:0  200:1  200:0  200:1  200:0  200:1  401    200:1  200:1  200:0  200:1  200:0  401
read a run                    200a   200a   404    200a   200a   200r   403    403    404    200e   404    200r   404    200a   401    200a   200r   403    200a   404    401
kill                          200    200    404    200    200    403    403    403    404    200    404    403    404    403    401    200    403    403    200    404    401
read a log                    200    200    404    200    200    200    403    403    404    200    404    200    404    200    401    200    200    403    200    404    401
download a log                200    200    404    200    200    200    403    403    404    200    404    200    404    200    401    200    200    403    200    404    401
follow a log                  200    200    404    200    200    200    403    403    404    200    404    200    404    200    401    200    200    403    200    404    401
list keys of Blue             200    200    403    200    200    403    403    403    403    403    403    403    403    200    401    403    403    403    403    403    401
list own keys                 200    200    200    200    200    403    403    403    200    200    403    200    200    200    401    403    403    403    403    403    401
make a key of Blue            201    201    403    201    201    403    403    403    403    403    403    403    403    403    401    403    403    403    403    403    401
make a key of the department  201    201    403    201    201    403    403    403    201    403    403    403    403    403    401    403    403    403    403    403    401
rename Blue, no secret        401    401    401    401    401    401    401    401    401    401    401    401    401    403    401    401    401    401    401    401    401
remove Blue, no secret        401    401    401    401    401    401    401    401    401    401    401    401    401    403    401    401    401    401    401    401    401
report on Blue, no secret     401    401    401    401    401    401    401    401    401    401    401    401    401    401    401    401    401    401    401    401    401
audit of Blue                 200    200    403    200    200    403    403    403    403    403    403    403    403    200    401    200    403    403    403    403    401
own audit                     200    200    200    200    200    403    403    403    200    200    403    200    200    200    401    200    403    403    403    403    401
limits of everybody           200    200    403    403    403    403    403    403    403    403    403    403    403    403    401    403    403    403    403    403    401
read limits of Blue           200    200    403    200    200    200    200    200    200    403    403    403    403    200    401    200    200    200    200    200    401
set limits of Blue            200    200    403    403    403    403    403    403    403    403    403    403    403    403    401    403    403    403    403    403    401
read the version              200    200    403    403    403    403    403    403    403    403    403    403    403    403    401    403    403    403    403    403    401
read the status               200    200    403    403    403    403    403    403    403    403    403    403    403    403    401    403    403    403    403    403    401
list run limits               200    200    403    403    403    403    403    403    403    403    403    403    403    403    401    403    403    403    403    403    401
set run limits of Blue        200    200    403    403    403    403    403    403    403    403    403    403    403    403    401    403    403    403    403    403    401
reset run limits of Blue      404    404    403    403    403    403    403    403    403    403    403    403    403    403    401    403    403    403    403    403    401
set run limits of a plugin    200    200    403    403    403    403    403    403    403    403    403    403    403    403    401    403    403    403    403    403    401
reset run limits of a plugin  404    404    403    403    403    403    403    403    403    403    403    403    403    403    401    403    403    403    403    403    401
revoke a key of Blue          404    404    403    404    404    403    403    403    403    403    403    403    403    403    401    403    403    403    403    403    401
`

/** Whoever calls is let in. */
const FOR_ANYBODY = routes.filter(({ access }) => access.needs === 'nothing').map(({ method, path }) => `${method.toUpperCase()} ${path}`)

/** Titles have single spaces, columns at least two between them. */
const [header = [], ...rows] = MATRIX.trim().split('\n').map(line => line.trim().split(/ {2,}/))
const wanted = new Map(rows.map(([title = '', ...cells]) => [title, cells]))
const found = new Map<string, readonly string[]>()

describe('who may do what', () => {
  let directory: DirectoryServer
  let service: Service
  before(async () => {
    directory = await openDirectory()
    service = await openService({ webhookCalls: 10_000, wrongWebhookKeys: 10_000, wrongKeys: 10_000 }, { directory: createDirectory({ url: directory.url }) })
  })
  after(async () => {
    await service.close()
    await directory.close()
    if (process.env.npm_lifecycle_event === 'test:permissions') print()
  })

  it('should have a column for each caller, a row for each call, and calls for each route', () => {
    assert.deepEqual(header, columns)
    assert.deepEqual([...wanted.keys()], Object.keys(calls))
    const called = new Set([...Object.values(calls).map(call => call.route), ...FOR_ANYBODY])
    assert.deepEqual(routes.map(({ method, path }) => `${method.toUpperCase()} ${path}`).filter(route => !called.has(route)), [])
  })

  for (const [title, call] of Object.entries(calls)) {
    it(`should be as told: ${title} (${call.route})`, async () => {
      const [method = ''] = call.route.split(' ')
      const cells: string[] = []
      for (const [, caller] of Object.values(callers)) {
        const documents = await makeDocuments(service)
        const headers = await caller({ store: service.store, directory, processing: documents.shared })
        cells.push(await perform(service, call, documents, method, headers))
        await service.store.accounts.removeOwner(blue)
      }
      found.set(title, cells)
      assert.deepEqual(byColumn(cells), byColumn(wanted.get(title) ?? []))
    }).timeout(20_000)
  }

  it('should let anybody in where nothing is needed', async () => {
    for (const route of FOR_ANYBODY) {
      const [method = '', path = ''] = route.split(' ')
      const { status } = await service.call(method, path, { headers: { authorization: '' } })
      assert.ok(status < 400, `${route}: ${status}`)
    }
  })
})

function byColumn (cells: readonly string[]): Record<string, string | undefined> {
  return Object.fromEntries(columns.map((column, index) => [column, cells[index]]))
}

function print (): void {
  const width = Math.max(...[...found.keys()].map(title => title.length))
  const line = (title: string, cells: readonly string[]): string => `${title.padEnd(width)}  ${cells.map(cell => cell.padEnd(5)).join('  ')}`.trimEnd()
  const legend = Object.entries(callers).map(([column, [says]]) => `  ${column}  ${says}`)
  console.log(['', ...legend, '', line('', columns), ...[...found].map(([title, cells]) => line(title, cells)), ''].join('\n'))
}
