const { parse } = require('node-html-parser')

exports.run = async ({ processingConfig: { url }, axios, log }) => {
  const root = parse((await axios.get(`${url}/page.html`)).data)
  await log.info(root.querySelector('title').text, root.querySelectorAll('a').map(link => link.getAttribute('href')))
  root.querySelector('h1').set_content('Changed')
  await log.info(root.querySelector('h1').toString())
}
