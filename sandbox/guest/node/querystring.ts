/** `querystring`: Node's own code, as unenv keeps it. */
import querystring from 'unenv/node/querystring'

export default { ...querystring }
