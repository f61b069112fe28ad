import { App } from 'cdk8s';
import { SandboxChart } from './sandbox-chart';

const app = new App();
new SandboxChart(app, 'sandboxes');
app.synth();
