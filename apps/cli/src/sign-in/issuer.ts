// loaded when somebody signs in: it takes longer to load than most commands to run
export { SignIn } from '@app/identity';
