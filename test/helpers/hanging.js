const MINUTES = 30;

/** Ends a run that hangs: the plain runner knows no limit for a test, and a busy machine takes its time. */
module.exports = () => {
  const end = () => {
    console.error(`The tests did not end within ${MINUTES} minutes.`);
    process.exit(1);
  };
  setTimeout(end, MINUTES * 60_000).unref();
};
