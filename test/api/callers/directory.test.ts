import assert from 'node:assert/strict'
import { createHmac, createPublicKey, generateKeyPairSync, sign } from 'node:crypto'
import { createDirectory, type Directory, type DirectoryOptions } from '../../../api/callers/directory.ts'
import { DirectoryUnavailable } from '../../../api/callers/directory-keys.ts'
import { openDirectory, type DirectoryServer, type SessionUser } from '../../servers/directory.ts'

const ada: SessionUser = { id: 'ada', name: 'Ada', email: 'ada@example.org', organizations: [] }
const unavailable = (error: unknown): boolean => error instanceof DirectoryUnavailable

const encode = (value: unknown): string => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
const soon = (): number => Math.floor(Date.now() / 1000) + 3600

describe('createDirectory({ url })', () => {
  let server: DirectoryServer
  let errors: unknown[]
  const open = (options: Partial<DirectoryOptions> = {}): Directory => createDirectory({ url: server.url, onError: error => errors.push(error), ...options })
  beforeEach(async () => {
    errors = []
    server = await openDirectory()
  })
  afterEach(() => server.close())

  it('should know the user of a token that the directory has signed', async () => {
    const organizations = [
      { id: 'blue', name: 'Blue', role: 'contrib', department: null, departmentName: null },
      { id: 'blue', name: 'Blue', role: 'admin', department: 'hr', departmentName: 'HR' },
      { id: 'red', name: 'Red', role: 'auditor' }
    ]
    const user = await open().userOf(await server.sign({ ...ada, organizations, adminMode: 1 }))
    assert.deepEqual(user, {
      id: 'ada',
      name: 'Ada',
      email: 'ada@example.org',
      adminMode: true,
      pseudoSession: false,
      organizations: [
        { id: 'blue', name: 'Blue', role: 'contrib' },
        { id: 'blue', name: 'Blue', role: 'admin', department: 'hr', departmentName: 'HR' },
        { id: 'red', name: 'Red', role: 'other' }
      ]
    })
  })

  describe('forged tokens [A1]', () => {
    const claims = { ...ada, adminMode: 1, exp: soon() }
    const forge = (header: Record<string, unknown>, signature: (input: string) => string, payload: unknown = claims): string => {
      const input = `${encode(header)}.${encode(payload)}`
      return `${input}.${signature(input)}`
    }
    const foreign = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const byForeign = (input: string): string => sign('sha256', Buffer.from(input), foreign.privateKey).toString('base64url')
    const jwk = foreign.publicKey.export({ format: 'jwk' })
    const kid = 'simple-directory'

    const forgeries: Readonly<Record<string, () => string | Promise<string>>> = {
      'alg none': () => forge({ alg: 'none', kid }, () => ''),
      'alg None, with a signature': () => forge({ alg: 'None', kid }, () => 'AAAA'),
      'HS256 with the public key as secret (PEM)': () => forge({ alg: 'HS256', kid }, input => createHmac('sha256', createPublicKey({ key: server.keySet().keys[0] as never, format: 'jwk' }).export({ type: 'spki', format: 'pem' })).update(input).digest('base64url')),
      'HS256 with the public key as secret (JWK)': () => forge({ alg: 'HS256', kid }, input => createHmac('sha256', JSON.stringify(server.keySet().keys[0])).update(input).digest('base64url')),
      'another algorithm of the same key': () => forge({ alg: 'PS256', kid }, byForeign),
      'a key of somebody else under the same id': () => forge({ alg: 'RS256', kid }, byForeign),
      'a key of somebody else without an id': () => forge({ alg: 'RS256' }, byForeign),
      'the key in the header': () => forge({ alg: 'RS256', kid, jwk }, byForeign),
      'a jku that leads elsewhere': () => forge({ alg: 'RS256', kid: 'elsewhere', jku: 'http://127.0.0.1:9/jwks.json' }, byForeign),
      'a chain of certificates': () => forge({ alg: 'RS256', kid, x5u: 'http://127.0.0.1:9/x', x5c: ['MIIB'] }, byForeign),
      'a kid that is a path': () => forge({ alg: 'RS256', kid: '../../etc/passwd' }, byForeign),
      'a kid that is a query': () => forge({ alg: 'RS256', kid: "' OR 1=1 --" }, byForeign),
      'a kid that is an object': () => forge({ alg: 'RS256', kid: { $ne: null } }, byForeign),
      'a kid of Object.prototype': () => forge({ alg: 'RS256', kid: '__proto__' }, byForeign),
      'an extension that is critical and not known': () => forge({ alg: 'RS256', kid, crit: ['exp2'], exp2: 1 }, byForeign),
      'an unencoded payload': () => forge({ alg: 'RS256', kid, b64: false, crit: ['b64'] }, byForeign),
      'an encrypted token': () => 'eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.AAAA.AAAA.AAAA.AAAA',
      'a payload that was changed': async () => {
        const [header, , signature] = (await server.sign({ ...ada })).split('.')
        return `${header}.${encode(claims)}.${signature}`
      },
      'a signature that was cut': async () => (await server.sign({ ...ada })).slice(0, -4),
      'a token that has expired': async () => await server.sign({ ...ada }, { expiresIn: '-1s' }),
      'a token of the day after tomorrow': async () => await server.sign({ ...ada, nbf: soon() }),
      'a token of the directory for something else': async () => await server.sign({ id: 'ada', email: 'ada@example.org', action: 'changePassword' }),
      'organizations that are none': async () => await server.sign({ ...ada, organizations: { length: 1 } }),
      'an id that is an object': async () => await server.sign({ ...ada, id: { $ne: null } }),
      'no token at all': () => '..',
      'a text': () => 'hello',
      'JSON that is none': () => `${encode('{')}.${encode('{')}.AAAA`,
      'a payload that is a list': () => forge({ alg: 'RS256', kid }, byForeign, [])
    }
    for (const [name, token] of Object.entries(forgeries)) {
      it(`should not know ${name}`, async () => {
        const directory = open()
        assert.equal(await directory.userOf(await token()), undefined)
        assert.equal(Object.hasOwn(Object.prototype, 'polluted'), false)
      })
    }

    it('should not know a token without an end', async () => {
      const directory = open()
      const { SignJWT, importJWK } = await import('jose')
      const key = generateKeyPairSync('rsa', { modulusLength: 2048 })
      server.answer({ status: 200, body: JSON.stringify({ keys: [{ ...key.publicKey.export({ format: 'jwk' }), kid, alg: 'RS256' }] }) })
      const privateKey = await importJWK({ ...key.privateKey.export({ format: 'jwk' }), alg: 'RS256' })
      const signed = (payload: object, exp?: number) => new SignJWT({ ...payload, ...(exp === undefined ? {} : { exp }) }).setProtectedHeader({ alg: 'RS256', kid }).sign(privateKey)
      assert.equal((await directory.userOf(await signed(ada, soon())))?.id, 'ada')
      assert.equal(await directory.userOf(await signed(ada)), undefined)
    })
  })

  describe('its keys', () => {
    it('should be fetched once for any number of requests', async () => {
      const directory = open()
      const token = await server.sign({ ...ada })
      await Promise.all(Array.from({ length: 50 }, async () => assert.equal((await directory.userOf(token))?.id, 'ada')))
      assert.equal(server.fetches, 1)
    })

    it('should be fetched again for a new one, but not for a flood of unknown ones', async () => {
      const directory = open({ refetchMs: 300 })
      await directory.userOf(await server.sign({ ...ada }))
      await server.rotate('second')
      const second = await server.sign({ ...ada }, { kid: 'second' })
      await new Promise(resolve => setTimeout(resolve, 320))
      const flood = Array.from({ length: 200 }, async (_, index) => await directory.userOf(`${encode({ alg: 'RS256', kid: `k${index}` })}.${encode(ada)}.AAAA`))
      assert.ok((await Promise.all(flood)).every(user => user === undefined))
      assert.equal(server.fetches, 2)
      assert.equal((await directory.userOf(second))?.id, 'ada')
      assert.equal(server.fetches, 2)
    })

    it('should stop being good once withdrawn', async () => {
      const directory = open({ freshMs: 0 })
      const token = await server.sign({ ...ada })
      await directory.userOf(token)
      await server.rotate('second')
      server.withdraw('simple-directory')
      await directory.userOf(token) // has them fetched aside
      await new Promise(resolve => setTimeout(resolve, 100))
      assert.equal(await directory.userOf(token), undefined)
    })

    it('should serve while the directory is away, until they are too old', async () => {
      const directory = open({ freshMs: 0, staleMs: 400, retryMs: 0 })
      const token = await server.sign({ ...ada })
      assert.equal((await directory.userOf(token))?.id, 'ada')
      server.answer({ status: 503 })
      assert.equal((await directory.userOf(token))?.id, 'ada')
      await new Promise(resolve => setTimeout(resolve, 420))
      await assert.rejects(directory.userOf(token), unavailable)
      assert.ok(errors.length > 0)
    })

    for (const [name, answer] of Object.entries({
      'an error': { status: 500 },
      'no JSON': { status: 200, body: '<html>' },
      'no set': { status: 200, body: '{"keys":"none"}' },
      'a redirect': { status: 302, location: 'http://127.0.0.1:9/' },
      'too much': { status: 200, body: `{"keys":[],"x":"${'x'.repeat(300_000)}"}` }
    })) {
      it(`should be unavailable when the directory answers ${name}, and be asked for again after a pause`, async () => {
        const directory = open({ retryMs: 200 })
        const token = await server.sign({ ...ada })
        server.answer(answer)
        await Promise.all(Array.from({ length: 20 }, async () => await assert.rejects(directory.userOf(token), unavailable)))
        await assert.rejects(directory.userOf(token), unavailable)
        assert.equal(server.fetches, 1)
        assert.equal(errors.length, 1)
        server.answer(undefined)
        await new Promise(resolve => setTimeout(resolve, 220))
        assert.equal((await directory.userOf(token))?.id, 'ada')
      })
    }

    it('should be unavailable when nobody is there, or nobody answers', async () => {
      const token = await server.sign({ ...ada })
      await assert.rejects(open({ url: 'http://127.0.0.1:9' }).userOf(token), unavailable)
      const silent = (await import('node:net')).createServer(() => {}).listen(0, '127.0.0.1')
      await new Promise(resolve => silent.once('listening', resolve))
      const { port } = silent.address() as import('node:net').AddressInfo // it listens on TCP
      await assert.rejects(open({ url: `http://127.0.0.1:${port}`, timeoutMs: 100 }).userOf(token), unavailable)
      silent.close()
    })

    it('should not say that a token is wrong when a key of it could not be looked for', async () => {
      const directory = open({ refetchMs: 0 })
      await directory.userOf(await server.sign({ ...ada }))
      await server.rotate('second')
      const second = await server.sign({ ...ada }, { kid: 'second' })
      server.answer({ status: 500 })
      await assert.rejects(directory.userOf(second), unavailable)
    })
  })
})
