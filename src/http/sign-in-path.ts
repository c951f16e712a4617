/** Where GitHub sends people back to who sign in; part of the App's registration. */
export const SIGN_IN_CALLBACK = '/sign-in/callback';
