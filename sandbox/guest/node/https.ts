/** `https`: as `http`. Certificates are checked by the platform, whatever `rejectUnauthorized` says. */
import { HttpsAgent } from './http-agent.ts'
import { requestFunctions } from './http-request.ts'

export default {
  ...requestFunctions('https:'),
  Agent: HttpsAgent,
  globalAgent: new HttpsAgent({ keepAlive: true, scheduling: 'lifo', timeout: 5_000 })
}
