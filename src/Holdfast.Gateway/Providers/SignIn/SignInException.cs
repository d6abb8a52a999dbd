namespace Holdfast.Gateway.Providers.SignIn;

/// <summary>A cloud gave no authorization.</summary>
/// <param name="message">For callers too: says nothing of accounts, tokens or addresses.</param>
/// <param name="inner">What went wrong, for the log.</param>
internal sealed class SignInException(string message, Exception? inner = null) : Exception(message, inner);
