using System.Text.Json;
using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Bedrock;

/// <summary>What the headers of a frame say of its payload.</summary>
internal ref struct BedrockFrameKind
{
    /// <summary><c>event</c>, <c>exception</c> or <c>error</c>.</summary>
    public ReadOnlySpan<byte> MessageType;

    public ReadOnlySpan<byte> EventType;
    public ReadOnlySpan<byte> ExceptionType;
    public ReadOnlySpan<byte> ErrorCode;
    public ReadOnlySpan<byte> ErrorMessage;

    public static BedrockFrameKind Read(EventStreamHeaders headers)
    {
        var kind = default(BedrockFrameKind);
        while (headers.Next())
        {
            switch (headers.Name)
            {
                case var name when name.SequenceEqual(":message-type"u8): kind.MessageType = headers.Value; break;
                case var name when name.SequenceEqual(":event-type"u8): kind.EventType = headers.Value; break;
                case var name when name.SequenceEqual(":exception-type"u8): kind.ExceptionType = headers.Value; break;
                case var name when name.SequenceEqual(":error-code"u8): kind.ErrorCode = headers.Value; break;
                case var name when name.SequenceEqual(":error-message"u8): kind.ErrorMessage = headers.Value; break;
            }
        }

        return kind;
    }
}

/// <summary>The payload of one event, taken apart. Random padding, which Bedrock adds, is passed over.</summary>
internal ref struct BedrockEvent
{
    public JsonView Index;
    public JsonView Start;
    public JsonView Delta;
    public JsonView StopReason;
    public JsonView Usage;

    /// <exception cref="JsonException">It is not a JSON object.</exception>
    public static BedrockEvent Read(JsonView data)
    {
        var payload = default(BedrockEvent);
        var members = data.Members();
        while (members.Next())
        {
            switch (members.Name)
            {
                case var name when name.SequenceEqual("contentBlockIndex"u8): payload.Index = members.Value; break;
                case var name when name.SequenceEqual("start"u8): payload.Start = members.Value; break;
                case var name when name.SequenceEqual("delta"u8): payload.Delta = members.Value; break;
                case var name when name.SequenceEqual("stopReason"u8): payload.StopReason = members.Value; break;
                case var name when name.SequenceEqual("usage"u8): payload.Usage = members.Value; break;
            }
        }

        return payload;
    }
}

/// <summary>The <c>delta</c> of a content block: an object with one member, whose name says what it is.</summary>
internal ref struct BedrockDelta
{
    public JsonView Text;
    public JsonView ToolUse;
    public JsonView Reasoning;

    /// <exception cref="JsonException">It is not a JSON object.</exception>
    public static BedrockDelta Read(JsonView value)
    {
        var delta = default(BedrockDelta);
        var members = value.Members();
        while (members.Next())
        {
            switch (members.Name)
            {
                case var name when name.SequenceEqual("text"u8): delta.Text = members.Value; break;
                case var name when name.SequenceEqual("toolUse"u8): delta.ToolUse = members.Value; break;
                case var name when name.SequenceEqual("reasoningContent"u8): delta.Reasoning = members.Value; break;
            }
        }

        return delta;
    }
}
