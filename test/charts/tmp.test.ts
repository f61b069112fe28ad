import { CASES } from '../helpers/cases';
import { synth } from '../helpers/synth';
test.each(Object.entries(CASES))('%s', (_n, { text, env }) => { const t=Date.now(); const s = synth(text, env); console.log(_n, s.objects.length, Date.now()-t); });
