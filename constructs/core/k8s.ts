// The generated classes alone: cdk8s-plus's own layer brings selectors and defaults that this library does not want.
export * as k8s from './kube';
