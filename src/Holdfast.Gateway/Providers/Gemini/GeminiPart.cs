using System.Text.Json;
using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Gemini;

internal enum GeminiPartKind
{
    /// <summary>Without a counterpart: an image, code that ran at Google, a signature alone.</summary>
    Other,
    Text,
    Thought,
    Call,
}

/// <summary>One part of a candidate's content.</summary>
internal ref struct GeminiPart
{
    public GeminiPartKind Kind;

    /// <summary>For text and thoughts: a string.</summary>
    public JsonView Text;

    /// <summary>For calls: the function's name, a string; missing where a call goes on.</summary>
    public JsonView Name;

    /// <summary>For calls: an object, or missing.</summary>
    public JsonView Args;

    /// <summary>For calls: a string that is not empty, or missing.</summary>
    public JsonView Id;

    /// <summary>What Gemini wants back with the call: a string, or missing.</summary>
    public JsonView Signature;

    /// <summary>Arguments that come piece by piece: an array, or missing.</summary>
    public JsonView PartialArgs;

    /// <summary>More of the same call will come.</summary>
    public bool GoesOn;

    /// <exception cref="JsonException">It is no part, or a known one without what such a part has.</exception>
    public static GeminiPart Read(JsonView value)
    {
        var part = default(GeminiPart);
        JsonView thought = default, call = default;
        var members = value.Members();
        while (members.Next())
        {
            switch (members.Name)
            {
                case var name when name.SequenceEqual("text"u8): part.Text = members.Value; break;
                case var name when name.SequenceEqual("thought"u8): thought = members.Value; break;
                case var name when name.SequenceEqual("functionCall"u8): call = members.Value; break;
                case var name when name.SequenceEqual("thoughtSignature"u8): part.Signature = members.Value; break;
            }
        }

        if (!call.IsMissing)
        {
            part.ReadCall(call);
        }
        else if (!part.Text.IsMissing)
        {
            part.Kind = thought.IsTrue ? GeminiPartKind.Thought : GeminiPartKind.Text;
        }

        var isWhole = (part.Text.IsMissing || part.Text.IsString)
            && (part.Signature.IsMissing || part.Signature.IsString);
        return isWhole ? part : throw new JsonException("A part lacks its content.");
    }

    private void ReadCall(JsonView call)
    {
        Kind = GeminiPartKind.Call;
        var members = call.Members();
        while (members.Next())
        {
            switch (members.Name)
            {
                case var name when name.SequenceEqual("name"u8): Name = members.Value; break;
                case var name when name.SequenceEqual("args"u8): Args = members.Value; break;
                case var name when name.SequenceEqual("id"u8): Id = members.Value; break;
                case var name when name.SequenceEqual("partialArgs"u8): PartialArgs = members.Value; break;
                case var name when name.SequenceEqual("willContinue"u8): GoesOn = members.Value.IsTrue; break;
            }
        }

        Id = Id.IsString && Id.Text.IsEmpty ? default : Id;
        var isWhole = (Name.IsMissing || Name.IsString) && (Args.IsMissing || Args.IsObject)
            && (Id.IsMissing || Id.IsString) && (PartialArgs.IsMissing || PartialArgs.IsArray);
        if (!isWhole)
        {
            throw new JsonException("A call lacks what it must have.");
        }
    }
}
