import type { LocalTrackPublication, Room } from "livekit-client";

/** LiveKit's client, loaded when it is needed and not with the page. */
export type Kit = typeof import("livekit-client");

/** The candidate's microphone in a room: what is heard is the newest one. */
export class PublishedMicrophone {
  private room: { room: Room; kit: Kit } | null = null;
  private track: MediaStreamTrack | null = null;
  private publication: LocalTrackPublication | null = null;
  private muted = false;
  private publishing: Promise<void> = Promise.resolve();

  enter(room: Room, kit: Kit): void {
    this.room = { room, kit };
    this.publish();
  }

  leave(): void {
    this.room = null;
    this.publication = null;
  }

  set(track: MediaStreamTrack | null): void {
    this.track = track;
    this.publish();
  }

  setMuted(muted: boolean): void {
    this.muted = muted;
    void (muted ? this.publication?.mute() : this.publication?.unmute());
  }

  /** One after the other, so that none is left behind. */
  private publish(): void {
    this.publishing = this.publishing.then(async () => this.publishNewest()).catch((error: unknown) => {
      console.warn(`the microphone could not be published: ${String(error)}`);
    });
  }

  private async publishNewest(): Promise<void> {
    if (this.room === null) return;
    const { room, kit } = this.room;
    const old = this.publication?.track;
    if (old !== undefined) await room.localParticipant.unpublishTrack(old.mediaStreamTrack, true);
    this.publication = null;
    if (this.track === null) return;
    // A copy, since one that is muted gives silence to everybody who uses it.
    const options = { source: kit.Track.Source.Microphone, name: "microphone", dtx: false, red: false };
    this.publication = await room.localParticipant.publishTrack(this.track.clone(), options);
    if (this.muted) await this.publication.mute();
  }
}
