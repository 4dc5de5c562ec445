const { convert } = require('html-to-text')

exports.run = async ({ processingConfig: { url }, axios, log }) => {
  const { data } = await axios.get(`${url}/page.html`)
  await log.info(convert(data, { wordwrap: 60, selectors: [{ selector: 'a', options: { ignoreHref: true } }] }))
}
