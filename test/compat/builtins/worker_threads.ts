import type { Snippets } from '../snippet.ts'

export default [
  { members: 'isMainThread parentPort workerData threadId', run: w => [w.isMainThread, w.parentPort, w.workerData, w.threadId] },
  { members: 'MessageChannel MessagePort', run: async ({ MessageChannel: C, MessagePort: P }) => await new Promise(resolve => { const { port1, port2 } = new C(); const seen: unknown[] = []; port2.on('message', (m: unknown) => { seen.push(m); if (seen.length === 2) { port1.close(); resolve([seen, port1 instanceof P]) } }); port1.postMessage({ a: new Map([[1, 2]]) }); port1.postMessage('b') }) },
  { members: 'receiveMessageOnPort', run: ({ MessageChannel: C, receiveMessageOnPort }) => { const { port1, port2 } = new C(); port1.postMessage('x'); const answer = [receiveMessageOnPort(port2), receiveMessageOnPort(port2)]; port1.close(); return answer } },
  { members: 'BroadcastChannel', run: async ({ BroadcastChannel: B }) => await new Promise(resolve => { const a = new B('n'); const b = new B('n'); b.onmessage = (event: any) => { a.close(); b.close(); resolve(event.data) }; a.postMessage({ x: 1 }) }) },
  { members: 'getEnvironmentData setEnvironmentData', run: w => { w.setEnvironmentData('k', 'v'); const v = w.getEnvironmentData('k'); w.setEnvironmentData('k'); return [v, w.getEnvironmentData('k')] } },
  { members: 'markAsUntransferable markAsUncloneable isMarkedAsUntransferable SHARE_ENV resourceLimits', run: w => [typeof w.markAsUntransferable, typeof w.markAsUncloneable, typeof w.SHARE_ENV] }
] satisfies Snippets
