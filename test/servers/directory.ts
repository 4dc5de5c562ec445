/** A small simple-directory: real RSA keys, their JSON Web Key Set over HTTP, sessions signed with them. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose'

export interface SessionUser {
  readonly id: string
  readonly name: string
  readonly email: string
  readonly organizations: readonly { readonly id: string, readonly name: string, readonly role: string, readonly department?: string | null, readonly departmentName?: string | null }[]
  readonly adminMode?: 1
  readonly isAdmin?: 1
  readonly pseudoSession?: boolean
}

interface SigningKey {
  readonly kid: string
  readonly privateKey: CryptoKey
  readonly jwk: JWK
}

export interface DirectoryServer {
  readonly url: string
  /** How often the keys were asked for. */
  readonly fetches: number
  /** The public key set, as it is served. */
  keySet (): { readonly keys: readonly JWK[] }
  /** Signs whatever it is given, as the directory would. */
  sign (payload: Record<string, unknown>, options?: { readonly kid?: string, readonly expiresIn?: string }): Promise<string>
  /** A session, as the cookies of a browser. */
  cookies (user: SessionUser, account?: { readonly org?: string, readonly dep?: string, readonly role?: string }): Promise<string>
  /** A new key beside the old ones; it signs from now on. */
  rotate (kid: string): Promise<void>
  /** The key is gone from the set. */
  withdraw (kid: string): void
  /** Answers with this from now on; undefined: as usual. */
  answer (instead: { readonly status: number, readonly body?: string, readonly location?: string } | undefined): void
  close (): Promise<void>
}

export async function openDirectory (): Promise<DirectoryServer> {
  let keys = [await signingKey('simple-directory')]
  let instead: Parameters<DirectoryServer['answer']>[0]
  let fetches = 0
  const server = createServer((request, response) => {
    if (request.url !== '/.well-known/jwks.json') {
      response.writeHead(404).end()
      return
    }
    fetches++
    if (instead !== undefined) response.writeHead(instead.status, instead.location === undefined ? {} : { location: instead.location }).end(instead.body)
    else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(directory.keySet()))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')

  const directory: DirectoryServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, // a TCP server has a port
    get fetches () { return fetches },
    keySet: () => ({ keys: keys.map(({ jwk }) => jwk) }),
    async sign (payload, { kid, expiresIn = '1h' } = {}) {
      const key = keys.findLast(one => kid === undefined || one.kid === kid)
      if (key === undefined) throw new Error(`no key ${kid}`)
      return await new SignJWT(payload).setProtectedHeader({ alg: 'RS256', kid: key.kid }).setIssuedAt().setExpirationTime(expiresIn).sign(key.privateKey)
    },
    async cookies (user, { org, dep, role } = {}) {
      return cookiesOf(await directory.sign({ ...user }), { org, dep, role })
    },
    async rotate (kid) { keys = [...keys, await signingKey(kid)] },
    withdraw (kid) { keys = keys.filter(key => key.kid !== kid) },
    answer (answer) { instead = answer },
    async close () {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    }
  }
  return directory
}

/** The token in two cookies, its signature apart, as simple-directory sets them. */
export function cookiesOf (token: string, { org, dep, role }: { readonly org?: string | undefined, readonly dep?: string | undefined, readonly role?: string | undefined } = {}): string {
  const cut = token.lastIndexOf('.')
  const switched = Object.entries({ id_token_org: org, id_token_dep: dep, id_token_role: role }).filter(([, value]) => value !== undefined)
  return [['id_token', token.slice(0, cut)], ['id_token_sign', token.slice(cut + 1)], ...switched].map(([name, value]) => `${name}=${value}`).join('; ')
}

async function signingKey (kid: string): Promise<SigningKey> {
  const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true })
  return { kid, privateKey, jwk: { ...await exportJWK(publicKey), kid, alg: 'RS256', use: 'sig' } }
}
