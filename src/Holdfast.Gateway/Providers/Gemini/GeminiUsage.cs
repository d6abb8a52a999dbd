using System.Text.Json;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Gemini;

/// <summary>
/// Tokens as Gemini counts them: the prompt with what is cached of it, the answer without its thoughts. Each event of
/// a stream tells the counts so far; what one doesn't mention stays as it was.
/// </summary>
internal struct GeminiUsage
{
    private long _prompt;
    private long _toolPrompt;
    private long _cached;
    private long _candidates;
    private long _thoughts;

    public readonly Usage Total =>
        new(_prompt + _toolPrompt, _candidates + _thoughts, _cached, Reasoning: _thoughts);

    /// <exception cref="JsonException">A count is no count.</exception>
    public void Update(JsonView usage)
    {
        if (usage.IsMissing)
        {
            return;
        }

        var members = usage.Members();
        while (members.Next())
        {
            switch (members.Name)
            {
                case var name when name.SequenceEqual("promptTokenCount"u8):
                    TokenCount.Update(ref _prompt, members.Value);
                    break;
                case var name when name.SequenceEqual("toolUsePromptTokenCount"u8):
                    TokenCount.Update(ref _toolPrompt, members.Value);
                    break;
                case var name when name.SequenceEqual("cachedContentTokenCount"u8):
                    TokenCount.Update(ref _cached, members.Value);
                    break;
                case var name when name.SequenceEqual("candidatesTokenCount"u8):
                    TokenCount.Update(ref _candidates, members.Value);
                    break;
                case var name when name.SequenceEqual("thoughtsTokenCount"u8):
                    TokenCount.Update(ref _thoughts, members.Value);
                    break;
            }
        }
    }
}
