namespace Holdfast.Simulator;

/// <summary>One provider of a running simulator.</summary>
/// <param name="Name">The name, which is also the first part of its path, e.g. <c>openai</c>.</param>
/// <param name="Dialect">
/// What it speaks: <c>openai</c>, <c>anthropic</c>, or <c>gemini</c>, <c>bedrock</c>, <c>cohere</c>, <c>ollama</c>,
/// which answer in OpenAI's format as well.
/// </param>
/// <param name="BaseUrl">Where it answers, e.g. <c>http://127.0.0.1:9000/openai/v1</c>, without a slash at the end.
/// </param>
public sealed record SimulatedProvider(string Name, string Dialect, Uri BaseUrl);
