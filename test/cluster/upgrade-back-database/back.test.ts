import { goingBack } from '../support/going-back';
import { missing } from '../support/stacks';

goingBack(missing(), ['keycloak', 'boundary']);
