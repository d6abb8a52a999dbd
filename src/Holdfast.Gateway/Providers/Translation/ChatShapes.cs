namespace Holdfast.Gateway.Providers.Translation;

/// <summary>
/// Whether a chat's fields are of the types that OpenAI's API says, whatever becomes of them at the provider. A type
/// that is wrong is the caller's mistake and not a wish that the provider cannot fulfil, so it is never just left out.
/// </summary>
internal static class ChatShapes
{
    private const string Whole = "it must be a whole number of at least ";

    /// <summary>The same for a field of OpenAI's API only; of what others have added they know the types.</summary>
    /// <param name="name">Its name; any other field may be of any type.</param>
    /// <param name="value">What the request has there; null is as good as nothing.</param>
    /// <exception cref="UnsupportedFieldException">It is of another type.</exception>
    public static void CheckOpenAis(ReadOnlySpan<byte> name, JsonView value)
    {
        if (ChatFields.IndexOf(name) is >= 0 and var field && (ChatField)field is not (ChatField.KeepAlive
            or ChatField.Options or ChatField.SafetySettings or ChatField.Think or ChatField.Thinking
            or ChatField.TopK))
        {
            Check((ChatField)field, value);
        }
    }

    /// <param name="field">The field.</param>
    /// <param name="value">What the request has there; null is as good as nothing.</param>
    /// <exception cref="UnsupportedFieldException">It is of another type.</exception>
    public static void Check(ChatField field, JsonView value)
    {
        if (!value.IsMissing && Expected(field, value) is { } reason)
        {
            throw Refusals.Invalid(ChatFields.NameOf(field), reason);
        }

        switch (field)
        {
            case ChatField.ToolChoice when value.IsObject: CheckType("tool_choice", value); break;
            case ChatField.ResponseFormat when value.IsObject: CheckType("response_format", value); break;
            case ChatField.Modalities when value.IsArray: CheckTexts("modalities", value); break;
        }
    }

    /// <summary>Null, or what the field must be.</summary>
    private static string? Expected(ChatField field, JsonView value) => field switch
    {
        ChatField.FrequencyPenalty or ChatField.PresencePenalty or ChatField.Seed or ChatField.Temperature
            or ChatField.TopK or ChatField.TopP => Unless(value.IsNumber, "it must be a number"),
        // Here and not by the provider: to some of them a number below zero means no limit at all.
        ChatField.MaxTokens or ChatField.MaxCompletionTokens or ChatField.N =>
            Unless(value.TryGetInt64(out var count) && count > 0, Whole + "1"),
        ChatField.TopLogprobs => Unless(value.TryGetInt64(out var top) && top >= 0, Whole + "0"),
        ChatField.Logprobs or ChatField.ParallelToolCalls or ChatField.Store or ChatField.Stream =>
            Unless(value.IsFlagOrMissing, "it must be true or false"),
        ChatField.PromptCacheKey or ChatField.PromptCacheRetention or ChatField.ReasoningEffort
            or ChatField.SafetyIdentifier or ChatField.ServiceTier or ChatField.User or ChatField.Verbosity =>
            Unless(value.IsString, "it must be a string"),
        ChatField.Audio or ChatField.LogitBias or ChatField.Metadata or ChatField.Options or ChatField.Prediction
            or ChatField.PromptCacheOptions or ChatField.ResponseFormat or ChatField.StreamOptions
            or ChatField.Thinking or ChatField.WebSearchOptions => Unless(value.IsObject, "it must be an object"),
        ChatField.Functions or ChatField.Messages or ChatField.SafetySettings or ChatField.Tools =>
            Unless(value.IsArray, "it must be an array"),
        ChatField.Modalities => Unless(value.IsArray, "it must be an array of strings"),
        ChatField.Stop => Unless(value.IsString || value.IsArray, "it must be a string or an array of strings"),
        ChatField.FunctionCall => Unless(value.IsString || value.IsObject, "it must be none, auto or one function"),
        ChatField.ToolChoice => Unless(IsChoice(value), "it must be auto, none, required or one function"),
        ChatField.KeepAlive => Unless(value.IsString || value.IsNumber, "it must be a number or a duration"),
        ChatField.Think => Unless(value.IsString || value.IsFlagOrMissing, "it must be true, false or a level"),
        _ => null,
    };

    private static string? Unless(bool isRight, string reason) => isRight ? null : reason;

    private static bool IsChoice(JsonView choice) =>
        choice.IsObject || choice.Says("auto"u8) || choice.Says("none"u8) || choice.Says("required"u8);

    private static void CheckType(string field, JsonView value)
    {
        if (!value.Member("type"u8).IsString)
        {
            throw Refusals.Invalid(field + ".type", "it must be a string");
        }
    }

    private static void CheckTexts(string field, JsonView value)
    {
        var items = value.Items();
        for (var i = 0; items.Next(); i++)
        {
            if (!items.Value.IsString)
            {
                throw Refusals.Invalid($"{field}[{i}]", "it must be a string");
            }
        }
    }
}
